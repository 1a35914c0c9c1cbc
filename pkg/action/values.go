package action

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pakman/build/pkg/pipeline"
)

func release(value string, getenv func(string) string) (int, error) {
	if value == "" {
		return count("GITHUB_RUN_NUMBER", getenv("GITHUB_RUN_NUMBER"))
	}
	return count("input release", value)
}

// count reads a whole number; it is 0 where none is given.
func count(name, value string) (int, error) {
	if value == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(value)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: %q is not a whole number from 0", name, value)
	}
	return n, nil
}

// duration reads one that is not negative.
func duration(name, value string) (time.Duration, error) {
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return 0, fmt.Errorf("input %s: %q is no duration such as 30s or 5m", name, value)
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

// booleans reads those inputs, and reports every mistake in them at once.
func booleans(values map[string]string, names ...string) (map[string]bool, error) {
	on := map[string]bool{}
	var errs []error
	for _, name := range names {
		value, err := boolean(name, values[name])
		on[name] = value
		errs = append(errs, err)
	}
	return on, errors.Join(errs...)
}

// boolean reads a boolean as the Actions toolkit does: YAML 1.2 core, three spellings of each.
func boolean(name, value string) (bool, error) {
	switch value {
	case "true", "True", "TRUE":
		return true, nil
	case "false", "False", "FALSE":
		return false, nil
	}
	return false, fmt.Errorf("input %s: %q is neither true nor false", name, value)
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
			return nil, fmt.Errorf("input build-env: line %d is not KEY=VALUE with a key of letters, digits and _", i+1)
		}
		env[key] = value
	}
	return env, nil
}
