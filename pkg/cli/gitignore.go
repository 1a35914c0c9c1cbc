package cli

import (
	"cmp"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/pipeline"
)

// ignoredPatterns exclude private keys and the local repository from commits: the output directory, empty for the default.
func ignoredPatterns(output string) []string {
	return []string{"*.rsa", "/" + cmp.Or(output, "packages")}
}

// otherOutput is the directory of the local repository where packages/ is one of sources.
const otherOutput = "alpine"

// outputOf returns the directory that builds of the application write to, empty for the default.
func outputOf(dir string) string {
	if pipeline.HoldsSources(filepath.Join(dir, "packages")) {
		return otherOutput
	}
	return ""
}

// gitIgnore returns the .gitignore of a directory with ignoredPatterns added; no file if it already has all of them.
func gitIgnore(dir string) ([]file, error) {
	const name = ".gitignore"
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	extended := addPatterns(string(text), ignoredPatterns(outputOf(dir)))
	if extended == string(text) {
		return nil, nil
	}
	return []file{{name, extended}}, nil
}

// addPatterns appends the missing patterns to an ignore file, and keeps everything else. In git the last matching pattern
// decides, so a pattern that is followed by its negation stays as the user wants it.
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
