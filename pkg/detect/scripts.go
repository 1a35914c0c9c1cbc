package detect

import (
	"regexp"
	"strings"
)

var (
	procfileWeb = regexp.MustCompile(`(?m)^web:\s*(.+?)\s*$`)
	plainWords  = regexp.MustCompile(`^[A-Za-z0-9_][\w./:@=-]*( [\w./:@=-]+)*$`)
)

// ruby detects applications other than Rails. A Procfile says what starts them; else a config.ru with the server of the lock file.
func ruby(d *directory) *Application {
	if !d.has("Gemfile") {
		return nil
	}
	app := &Application{Kind: "Ruby", Evidence: []string{"Gemfile"}, template: "ruby"}
	match := procfileWeb.FindStringSubmatch(d.text("Procfile"))
	switch {
	case !d.has("Gemfile.lock"):
		d.unknown("Gemfile, but no Gemfile.lock: write it with `bundle lock`")
	case match != nil:
		call := strings.TrimPrefix(match[1], "bundle exec ")
		if !plainWords.MatchString(call) || strings.Contains(strings.SplitN(call, " ", 2)[0], "=") {
			d.unknown("Procfile: `" + match[1] + "` is more than a program and its arguments")
			break
		}
		app.values.Call = "exec " + call
	case d.has("config.ru") && strings.Contains(d.text("Gemfile.lock"), " puma ("):
		app.values.Call = "exec puma --bind tcp://0.0.0.0:3000"
		app.Evidence = append(app.Evidence, "config.ru", "Gemfile.lock holds puma")
	default:
		d.unknown("Gemfile, but neither a Procfile with `web:` nor a config.ru with puma says what starts the application")
	}
	if app.values.Call == "" {
		return nil
	}
	return app
}

// shell detects a directory whose start.sh starts it.
func shell(d *directory) *Application {
	text := d.text("start.sh")
	if text == "" {
		return nil
	}
	app := &Application{Kind: "shell script", Evidence: []string{"start.sh"}, template: "shell",
		values: values{Binary: "sh", Program: "/bin/sh", Call: "start.sh"}}
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "bash") {
		app.values.Binary, app.values.Program, app.values.Runtime = "bash", "/bin/bash", []string{"bash"}
	}
	return app
}
