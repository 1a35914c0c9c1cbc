package pipeline

import (
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
)

// InputError is a mistake in what the user gave (the file, a flag, a key, a bucket), found before
// anything was built or written. The command line answers it with exit code 2.
type InputError struct{ Err error }

func (e *InputError) Error() string { return e.Err.Error() }
func (e *InputError) Unwrap() error { return e.Err }

// input marks err, if any, as the user's to mend.
func input(err error) error {
	if err == nil {
		return nil
	}
	return &InputError{Err: err}
}

// BuildError is the user's own command failing, with its place in the user's file.
type BuildError struct {
	Pos config.Pos // of the shell block, or of the function in an APKBUILD of the user's own
	Key string     // "build.command"; empty for an APKBUILD
	// Command is the line of the block at which it stopped, where that is known.
	Command string
	Err     *builder.CommandError
}

func (e *BuildError) Error() string {
	switch {
	case e.Key == "" && e.Pos.File == "":
		return e.Err.Error()
	case e.Key == "":
		return fmt.Sprintf("%s: %v", e.Pos, e.Err)
	}
	text := fmt.Sprintf("%s: %s: %v", e.Pos, e.Key, e.Err)
	if e.Command != "" {
		text += ", at: " + e.Command
	}
	return text
}

func (e *BuildError) Unwrap() error { return e.Err }

// located returns a failing user command, which ran in the build directory dir, its place in the YAML file: its line, or that
// of its block.
func (p *Plan) located(err error, dir string) error {
	if p.Own {
		return p.locatedOwn(err)
	}
	var refused *builder.RefusedError
	if errors.As(err, &refused) {
		if pos, ok := p.Directory.Position(p.Recipe, refused.Line); ok {
			return config.Faults{{Pos: pos, Message: refused.What}}
		}
	}
	var failed *builder.CommandError
	if !errors.As(err, &failed) {
		return err
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
	located := &BuildError{Pos: p.Config.Pos(key), Key: key, Err: failed}
	if pos, command, ok := p.Directory.Failed(p.Recipe, dir, failed.Function); ok && failed.Missing == "" {
		located.Pos, located.Command = pos, command
	}
	return located
}
