package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/pakman/build/pkg/detect"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/recipe"
)

func newInit(env Env) *cobra.Command {
	var force bool
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write pakman.yml and a workflow for the application found in DIR",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return initialize(env, dir, force)
		},
	}
	c.Flags().BoolVar(&force, "force", false, "replace files that exist")
	return c
}

// initialize writes both files or, where one exists and force is not set, none.
func initialize(env Env, dir string, force bool) error {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	app, err := detect.Detect(os.DirFS(abs), recipe.Slug(filepath.Base(abs)))
	if errors.Is(err, detect.ErrUnknown) {
		err = fmt.Errorf("%s: %w: nothing is written rather than guessed; see docs/configuration.md for a file of your own", dir, err)
	}
	if err != nil {
		return &pipeline.InputError{Err: err}
	}
	files, err := app.Render()
	if err != nil {
		return err
	}
	paths := map[string]string{
		filepath.Join(abs, "pakman.yml"):                    files.Config,
		filepath.Join(abs, ".github/workflows/package.yml"): files.Workflow,
	}
	for path := range paths {
		if _, err := os.Lstat(path); !force && !errors.Is(err, fs.ErrNotExist) {
			return &pipeline.InputError{Err: fmt.Errorf("%s is there already: keep it, or replace it with --force", path)}
		}
	}
	fmt.Fprintf(env.Stderr, "Found: %s\n", app.Kind)
	for _, why := range append(app.Evidence, app.Hints...) {
		fmt.Fprintf(env.Stderr, "  %s\n", why)
	}
	for path, text := range paths {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //#nosec G301 -- files to read
			return err
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil { //#nosec G306 -- likewise
			return err
		}
	}
	_, err = fmt.Fprintf(env.Stdout, "%s\n%s\n", filepath.Join(dir, "pakman.yml"), filepath.Join(dir, ".github/workflows/package.yml"))
	return err
}
