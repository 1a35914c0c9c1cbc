package pipeline

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/usererror"
)

// CheckOutput returns an error for the user if the directory cannot be made or written to, or holds sources.
func CheckOutput(ctx context.Context, path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return err
	}
	st, err := dir.New(path)
	if err == nil {
		err = st.Check(ctx)
	}
	if source := sourceIn(path); err == nil && source != "" {
		err = fmt.Errorf("%s holds sources, such as %s, and a build does not see its output: pass another directory, like --output alpine",
			path, source)
	}
	if err != nil {
		err = usererror.Input(fmt.Errorf("--output: %w", err))
	}
	return err
}

// sourceIn returns a file of a directory that says that there are sources below it, as in the directory packages/ of many workspaces.
func sourceIn(dir string) string {
	for _, name := range []string{"package.json", "go.mod", "Cargo.toml", "pyproject.toml", "composer.json", "mix.exs"} {
		if found, err := filepath.Glob(filepath.Join(dir, "*", name)); err == nil && len(found) > 0 {
			return filepath.Join(filepath.Base(filepath.Dir(found[0])), name)
		}
	}
	return ""
}

// HoldsSources reports whether a directory is one of sources, and no place for the output of a build.
func HoldsSources(dir string) bool { return sourceIn(dir) != "" }
