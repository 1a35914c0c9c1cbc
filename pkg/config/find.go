package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Names lists the files that Find looks for, in order of preference.
var Names = []string{"pakman.yml", "pakman.yaml", "instellar.yml", "instellar.yaml"}

// Find returns the path of the configuration file in dir. Its error wraps fs.ErrNotExist and is written for the user.
func Find(dir string) (string, error) {
	for _, name := range Names {
		path := filepath.Join(dir, name)
		_, err := os.Stat(path)
		if err == nil {
			return path, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("look for %s: %w", name, err)
		}
	}
	return "", &missingError{dir + " has neither pakman.yml nor instellar.yml nor an APKBUILD; write one with `pakman init`, or name " +
		"the file with --config"}
}

// missingError is returned where there is no configuration file.
type missingError struct{ text string }

func (e *missingError) Error() string { return e.text }

func (*missingError) Unwrap() error { return fs.ErrNotExist }

// Instellar reports whether the file is an instellar.yml (by name): lenient rules, platform defaults.
func (f *File) Instellar() bool {
	return strings.HasPrefix(strings.ToLower(filepath.Base(f.Path)), "instellar.")
}
