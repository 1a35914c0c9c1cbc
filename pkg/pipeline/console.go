package pipeline

import (
	"io"

	"github.com/pakman/build/pkg/config"
)

// Console is where a run tells what it does: the terminal, or GitHub's log.
type Console interface {
	// Stage begins a stage of the work and ends the one before it.
	Stage(title string)
	// Info says one thing the user should know.
	Info(format string, args ...any)
	// Warn shows a fault that does not stop the run.
	Warn(fault config.Fault)
	// Show prints a whole generated file, folded away where the console can.
	Show(title, text string)
	// Output takes what the user's commands print.
	Output() io.Writer
}
