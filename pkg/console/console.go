// Package console is what a run shows while it works: stages, messages, warnings, and the output of commands.
package console

import (
	"io"

	"github.com/pakman/build/pkg/config"
)

// Console is where a run shows what it does: the terminal, or GitHub's log.
type Console interface {
	// Stage begins a stage of the work and ends the one before it.
	Stage(title string)
	// Info shows one message.
	Info(format string, args ...any)
	// Warn shows a fault that does not stop the run.
	Warn(fault config.Fault)
	// Show prints a whole generated file, folded where the console can fold.
	Show(title, text string)
	// Output takes what the user's commands print.
	Output() io.Writer
}
