package config

import (
	"strings"
	"testing"
)

// The keys of a health check fit together, and each mistake names what to write.
func TestHealth(t *testing.T) {
	for health, want := range map[string]string{
		"{path: /up, port: 80}":                      "",
		"{path: /}":                                  "no port is named",
		"{timeout: 1m}":                              "no port is named",
		"{command: app ping, timeout: 90s}":          "",
		"{command: app ping, port: 80}":              "a command beside a page or port",
		"{path: up, port: 80}":                       "begins with /",
		"{path: \"/a b\", port: 80}":                 "begins with /",
		"{port: 70000}":                              "from 1 to 65535",
		"{port: 80, timeout: 5}":                     "`5s` for seconds",
		"{port: 80, url: http://localhost}":          "unknown key",
		"{command: \"if\"}":                          "shell",
		"[]":                                         "a mapping is expected",
		"{path: \"/\\r\\nHost: other\", port: 8080}": "one is allowed",
	} {
		text := "name: a\nbuild: {destinations: [a]}\nrun: {services: [{name: web, binary: a, health: " + health + "}]}\n"
		_, _, err := Parse("pakman.yml", []byte(text))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", health, err, want)
		}
	}
	for port, good := range map[string]bool{"80": true, "/run/a.sock": false} {
		text := "name: a\nbuild: {destinations: [a]}\nrun: {environment: {PORT: " + port +
			"}, services: [{name: web, binary: a, health: {path: /}}]}\n"
		if _, _, err := Parse("pakman.yml", []byte(text)); (err == nil) != good {
			t.Errorf("PORT: %s in the environment: %v", port, err)
		}
	}
}
