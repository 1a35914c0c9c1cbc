// Package process describes the process that main starts, for both of its entry points: the command line and the action.
package process

import (
	"io"

	"github.com/pakman/build/pkg/internal/runnerlog"
	"github.com/pakman/build/pkg/internal/visible"
)

// Env holds the arguments, environment and streams of the process.
type Env struct {
	Args    []string // without the program's name
	Environ []string // NAME=VALUE
	Getenv  func(string) string
	Self    string // path of the program; empty if it is unknown
	Version string // of this program
	Stdin   io.Reader
	Stdout  io.Writer
	Stderr  io.Writer
	// ConfigDir and CacheDir belong to the user; they are empty if there is no home directory.
	ConfigDir, CacheDir string
}

// Text returns standard output for text that may contain the words of others, see Shown. JSON needs none of that, because it
// escapes them itself.
func (e Env) Text() io.Writer { return e.Shown(e.Stdout) }

// Shown returns a writer to w for text that may contain the words of others: control characters become visible, and in a
// workflow nothing is a command for its runner.
func (e Env) Shown(w io.Writer) io.Writer {
	if e.InWorkflow() {
		w = runnerlog.NewWriter(w)
	}
	return visible.NewWriter(w)
}

// InWorkflow reports whether the program runs in a workflow of GitHub or a forge, whose runner reads all that it prints.
func (e Env) InWorkflow() bool { return e.Getenv("GITHUB_ACTIONS") == "true" }
