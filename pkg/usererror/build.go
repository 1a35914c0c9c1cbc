package usererror

import (
	"fmt"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
)

// BuildError is a failing command of the user's, with its place in the user's file.
type BuildError struct {
	Pos config.Pos // of the shell block, or of the function in the user's own APKBUILD
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
