package pipeline

import (
	"errors"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/usererror"
)

// locate returns a failing user command, which ran in the build directory dir, with its place in the YAML file: its line, or that
// of its block. behind is what the copy of the sources lacked.
func locate(err error, p *Plan, dir string, behind leftBehind) error {
	if p.Own {
		return locateOwn(err, p)
	}
	if refused, ok := errors.AsType[*builder.RefusedError](err); ok {
		if pos, ok := p.Directory.Position(p.Recipe, refused.Line); ok {
			return config.Faults{{Pos: pos, Message: refused.What}}
		}
	}
	var failed *builder.CommandError
	if !errors.As(err, &failed) {
		return err
	}
	if failed.Function == "package" {
		if fault := destinationFault(failed, p, behind); fault != nil {
			return fault
		}
	}
	keys := map[string]string{
		"prepare": "build.prepare", "build": "build.command", "check": "check.command", "package": "package",
	}
	key := keys[failed.Function]
	switch {
	case failed.Missing != "":
		key = "dependencies.build"
	case key == "package" && p.Recipe.Package == nil:
		key = "build.destinations" // the generated package() copies them
	case key == "":
		return err
	}
	located := &usererror.BuildError{Pos: p.Config.Pos(key), Key: key, Err: failed}
	if pos, command, ok := p.Directory.Failed(p.Recipe, dir, failed.Function); ok && failed.Missing == "" {
		located.Pos, located.Command = pos, command
	}
	return located
}
