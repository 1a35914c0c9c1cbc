package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ignoredPatterns keep private keys and the local repository out of commits.
var ignoredPatterns = []string{"*.rsa", "/packages"}

// gitIgnore returns the .gitignore of a directory with ignoredPatterns; no file if it has them all.
func gitIgnore(dir string) ([]file, error) {
	const name = ".gitignore"
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	extended := addPatterns(string(text), ignoredPatterns)
	if extended == string(text) {
		return nil, nil
	}
	return []file{{name, extended}}, nil
}

// addPatterns appends those patterns to an ignore file that it does not have, and leaves all else as it is. A later
// negated pattern decides in git, so a pattern that is followed by its negation stays as the user wants it.
func addPatterns(text string, patterns []string) string {
	end := "\n"
	if strings.Contains(text, "\r\n") {
		end = "\r\n"
	}
	var present []string
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		present = append(present, strings.TrimSuffix(strings.TrimRight(line, " \t\r\n"), "/"))
	}
	for _, pattern := range patterns {
		if slices.Contains(present, pattern) {
			continue
		}
		if text != "" && !strings.HasSuffix(text, "\n") {
			text += end
		}
		text += pattern + end
	}
	return text
}
