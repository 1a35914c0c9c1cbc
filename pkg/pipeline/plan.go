package pipeline

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/builder/abuild"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

// Input says which application is meant and what flags or action inputs say over its file.
type Input struct {
	Dir     string // the application's directory; empty: that of Config, else the current one
	Config  string // its YAML file, as seen from here or from Dir; empty: found in Dir
	Recipe  recipe.Options
	Env     map[string]string // added to the build's environment; an APKBUILD is read with it, too
	Outputs []string          // directories that this program writes to: no part of the application
	Hidden  Hidden
	Getenv  func(string) string `json:"-"` // the process's environment
}

// Hidden is what neither a build nor the reading of an APKBUILD may see.
type Hidden struct {
	Keys     []string // paths of the signing keys, wherever they are
	KeyTexts []string `json:"-"` // the keys that are no files; other texts are ignored
	Places   []string // what builds can do without
}

// Plan is everything that is decided before the build: nothing has been built or written.
type Plan struct {
	Dir       string // the application's directory
	Config    *config.File
	Facts     source.Facts
	Recipe    *recipe.Recipe
	Directory apkbuild.Directory
	Own       bool   // there is no YAML file: the APKBUILD in Dir is the user's own
	Packager  string // .PKGINFO's packager; empty: the maintainer, else this program

	vars    map[string]string // of an Own APKBUILD, as they were read
	nth     int               // its number among the plans of this build
	several bool              // there are others
}

// NewPlan loads the file, looks at the checkout, resolves the recipe and renders it. Warnings go
// to the console; every error is a *usererror.InputError unless the machine failed.
func NewPlan(ctx context.Context, in Input, out console.Console) (*Plan, error) {
	dir, file, err := find(in)
	if err != nil {
		return nil, err
	}
	if in.Recipe.Machine, err = (abuild.Machine{}).Branch(); err != nil {
		return nil, err
	}
	if isOwn(file) {
		return newOwnPlan(ctx, in, dir, file)
	}
	f, warnings, err := load(dir, file)
	if err == nil {
		warnings = append(warnings, shellWarnings(ctx, f, in)...)
	}
	for _, w := range warnings {
		out.Warn(w)
	}
	if err != nil {
		return nil, usererror.Input(err)
	}
	facts, err := source.Inspect(ctx, dir, in.Getenv, in.Outputs...)
	if err != nil {
		return nil, err
	}
	options := in.Recipe
	options.Dir = dir
	info, err := os.Stat(filepath.Join(dir, "nginx.conf"))
	options.Server = err == nil && info.Mode().IsRegular()
	r, err := recipe.Resolve(f, facts, options)
	if err != nil {
		return nil, usererror.Input(err)
	}
	if r.Epoch, err = epoch(in, r.Epoch); err != nil {
		return nil, err
	}
	noteVersion(f, facts, r, out)
	noteWritable(f, r, out)
	rendered, err := apkbuild.Render(r)
	if err != nil {
		return nil, usererror.Input(placed(f, err))
	}
	return &Plan{Dir: dir, Config: f, Facts: facts, Recipe: r, Directory: rendered}, nil
}

// find returns the application's directory and its YAML file, or the APKBUILD where there is none.
func find(in Input) (dir, file string, err error) {
	dir = in.Dir
	if dir == "" {
		dir = filepath.Dir(in.Config) // "." where that is empty too
	}
	if err := CheckDirectory(dir); err != nil {
		return "", "", err
	}
	if in.Config == "" {
		file, err = config.Find(dir)
		if errors.Is(err, os.ErrNotExist) {
			file, err = findOwn(dir, err)
		}
		return dir, file, usererror.Input(err)
	}
	if _, err := os.Stat(in.Config); err == nil || filepath.IsAbs(in.Config) {
		return dir, in.Config, nil
	}
	return dir, filepath.Join(dir, in.Config), nil
}

// CheckDirectory returns an error for the user if dir is not the directory of an application, nor of several.
func CheckDirectory(dir string) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return usererror.Input(fmt.Errorf("%s: no such directory", dir))
	case err != nil:
		return usererror.Input(err)
	case !info.IsDir():
		return usererror.Input(fmt.Errorf("%s is not a directory: give the application's directory, and the file with --config", dir))
	}
	return nil
}

// placed returns the faults that rendering found their places in the file.
func placed(f *config.File, err error) error {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return err
	}
	for i := range faults {
		if faults[i].Pos == (config.Pos{}) {
			faults[i].Pos = f.Pos(faults[i].Key)
		}
	}
	return faults
}

// warn shows warnings at the place of their key in the file.
func (p *Plan) warn(out console.Console) func(config.Fault) {
	return func(f config.Fault) {
		f.Pos = p.Config.Pos(f.Key)
		if p.Own {
			f.Key, f.Hint = "", "Leave it out in package()"
		}
		out.Warn(f)
	}
}

// packager returns the packager for .PKGINFO: the named one, else the maintainer, else this program.
func (p *Plan) packager() string {
	return cmp.Or(p.Packager, p.Recipe.Maintainer, "PAKman <pakman@localhost.localdomain>")
}

// fault is an error at the place of a key.
func (p *Plan) fault(key, message, hint string) error {
	return config.Faults{{Pos: p.Config.Pos(key), Key: key, Message: message, Hint: hint}}
}

// epoch returns the time of the packages: SOURCE_DATE_EPOCH of the environment, as abuild takes it, else that of the commit.
func epoch(in Input, commit int64) (int64, error) {
	text := ""
	if in.Getenv != nil {
		text = in.Getenv("SOURCE_DATE_EPOCH")
	}
	if text == "" {
		return commit, nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil || seconds < 0 {
		return 0, usererror.Input(fmt.Errorf("SOURCE_DATE_EPOCH: %q is not a number of seconds since 1970", text))
	}
	return seconds, nil
}
