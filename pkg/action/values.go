package action

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pakman/build/pkg/pipeline"
)

// count parses a non-negative integer; it is 0 if the value is empty.
func count(value string) (int, error) {
	if value == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%q is not a non-negative integer", value)
	}
	return n, nil
}

// duration parses a positive duration.
func duration(value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("%q is not a duration such as 30s or 5m", value)
	}
	return d, nil
}

// lines returns the lines of an input that takes several values, without empty ones.
func lines(text string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			found = append(found, line)
		}
	}
	return found
}

// boolean parses a boolean as the Actions toolkit does: YAML 1.2 core, three spellings of each.
func boolean(value string) (bool, error) {
	switch value {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	return false, fmt.Errorf("%q is neither true nor false", value)
}

// parseEnv reads lines KEY=VALUE; empty lines and lines that begin with # are skipped.
func parseEnv(text string) (map[string]string, error) {
	env := map[string]string{}
	for i, line := range strings.Split(text, "\n") {
		line = strings.TrimSuffix(line, "\r")
		if trimmed := strings.TrimSpace(line); trimmed == "" || strings.HasPrefix(trimmed, "#") {
			continue
		}
		key, value, ok := pipeline.ParseVariable(line)
		if !ok {
			return nil, fmt.Errorf("line %d is not KEY=VALUE with a key of letters, digits and _", i+1)
		}
		env[key] = value
	}
	return env, nil
}
