package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/detect"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

func newInit(env process.Env) *cobra.Command {
	var force bool
	var choice detect.Choice
	c := &cobra.Command{
		Use:   "init [DIR]",
		Short: "Write pakman.yml and a workflow for the application found in DIR",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return initialize(env, dir, choice, force)
		},
	}
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.BoolVar(&force, "force", false, "replace existing files")
		flags.StringVar(&choice.Application, "application", "",
			"`DIRECTORY` of the application of a workspace (default: its only one)")
		flags.StringVar(&choice.Kind, "kind", "", "`KIND` of the application: "+
			strings.Join(detect.Kinds(), ", ")+" (default: what is found)")
	})
	return c
}

// workflowFile is in the directory where GitHub looks for workflows.
const workflowFile = ".github/workflows/package.yml"

// initialize writes a pakman.yml for each application and one workflow. It writes nothing if one of these files exists and
// force is not set.
func initialize(env process.Env, dir string, choice detect.Choice, force bool) error {
	if kind := choice.Kind; kind != "" && !slices.Contains(detect.Kinds(), kind) {
		return &usererror.InputError{Err: fmt.Errorf("--kind: found %q, allowed are %s", kind, strings.Join(detect.Kinds(), ", "))}
	}
	if err := pipeline.CheckDirectory(dir); err != nil {
		return err
	}
	abs, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	files, err := initialFiles(env, dir, abs, choice)
	if err != nil {
		return err
	}
	for _, f := range files {
		if _, err := os.Lstat(filepath.Join(abs, f.path)); !force && !errors.Is(err, fs.ErrNotExist) {
			return &usererror.InputError{Err: fmt.Errorf("%s already exists: keep it, or replace it with --force",
				filepath.Join(dir, f.path))}
		}
	}
	ignore, err := gitIgnore(abs)
	if err != nil {
		return err
	}
	for _, f := range append(files, ignore...) {
		path := filepath.Join(abs, f.path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //#nosec G301 -- files to read
			return err
		}
		if err := os.WriteFile(path, []byte(f.text), 0o644); err != nil { //#nosec G306 -- likewise
			return err
		}
		if _, err := fmt.Fprintln(env.Text(), filepath.Join(dir, f.path)); err != nil {
			return err
		}
	}
	return nil
}

// file is a file that init writes. Its path is relative to the directory of init.
type file struct{ path, text string }

// initialFiles returns the files for the application at abs or, in a monorepo, for the applications below it.
func initialFiles(env process.Env, dir, abs string, choice detect.Choice) ([]file, error) {
	parts, matrix := []string{"."}, []string(nil)
	var files []file
	for i := 0; i < len(parts); i++ {
		app, err := detect.Detect(os.DirFS(filepath.Join(abs, parts[i])), recipe.Slug(filepath.Base(filepath.Join(abs, parts[i]))), choice)
		var several *detect.Monorepo
		switch {
		case errors.As(err, &several) && matrix == nil:
			parts, matrix = append(parts, several.Directories...), several.Directories
			continue
		case errors.Is(err, detect.ErrUnknown):
			err = writeForm(dir, abs, err)
		}
		if err != nil {
			return nil, &usererror.InputError{Err: err}
		}
		text, err := app.Config()
		if err != nil {
			return nil, err
		}
		explain(env, filepath.Join(dir, parts[i]), app)
		files = append(files, file{filepath.Join(parts[i], "pakman.yml"), text})
	}
	workflow, err := detect.Workflow(outputOf(abs), source.DefaultBranch(abs), matrix...)
	return append(files, file{workflowFile, workflow}), err
}

// writeForm writes a pakman.yml to fill in where there is none, and returns the error that says so.
func writeForm(dir, abs string, why error) error {
	path := filepath.Join(abs, "pakman.yml")
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s: %w: nothing was written; docs/configuration.md explains how to write pakman.yml", dir, why)
	}
	text, err := detect.Form(recipe.Slug(filepath.Base(abs)), why.Error(), detect.Hints(os.DirFS(abs))...)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o644) //#nosec G306 -- a file to read
	}
	if err != nil {
		return err
	}
	return fmt.Errorf("%s: %w: %s is a form to fill in, and `pakman check` names what is missing; docs/configuration.md explains "+
		"its keys", dir, why, filepath.Join(dir, "pakman.yml"))
}

// explain prints the kind of the application and the evidence for it.
func explain(env process.Env, dir string, app *detect.Application) {
	fmt.Fprintf(env.Stderr, "%s: %s\n", dir, app.Kind)
	for _, why := range append(app.Evidence, app.Hints...) {
		fmt.Fprintf(env.Stderr, "    %s\n", why)
	}
}
