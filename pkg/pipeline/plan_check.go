package pipeline

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

// load reads and checks the YAML file and the scripts that its hooks name, files of the application in dir.
func load(dir, file string) (*config.File, config.Faults, error) {
	f, warnings, err := config.Load(file)
	if err != nil {
		return nil, warnings, err
	}
	more, err := f.ReadHooks(dir)
	if err == nil {
		err = checkExcluded(f)
	}
	return f, append(warnings, more...), err
}

// Check finds every mistake that a plan would find, as far as the YAML file and the scripts that it names show it. Git and
// the options of a build are left out.
func Check(ctx context.Context, in Input) (config.Faults, error) {
	dir, file, err := find(in)
	if err != nil {
		return nil, err
	}
	if isOwn(file) {
		return nil, usererror.Input(fmt.Errorf("%s: an APKBUILD is not a YAML file; `pakman plan` reads and checks it", file))
	}
	f, warnings, err := load(dir, file)
	if err != nil {
		return warnings, usererror.Input(err)
	}
	warnings = append(warnings, shellWarnings(ctx, f, in)...)
	r, err := recipe.Resolve(f, source.Facts{}, recipe.Options{Dir: dir})
	if err == nil {
		_, err = apkbuild.Render(r)
		err = placed(f, err)
	}
	return warnings, usererror.Input(inFile(err))
}

// inFile leaves out the faults of options and of the directory's name: a build may have others.
func inFile(err error) error {
	var faults config.Faults
	if !errors.As(err, &faults) {
		return err
	}
	faults = slices.DeleteFunc(slices.Clone(faults), func(f config.Fault) bool { return f.Pos.Line == 0 })
	if len(faults) == 0 {
		return nil
	}
	return faults
}
