package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/usererror"
)

// console writes all messages of a run to one stream.
type console struct{ w io.Writer }

func (c console) Stage(title string) { fmt.Fprintf(c.w, "==> %s\n", title) }

func (c console) Info(format string, args ...any) {
	fmt.Fprintf(c.w, "    "+format+"\n", args...)
}

func (c console) Warn(fault config.Fault) {
	fmt.Fprintf(c.w, "warning: %s\n", fault)
}

// Show does nothing: it is for consoles that can fold text. `pakman render` prints these files.
func (c console) Show(string, string) {}

// Redraw draws only on a terminal.
func (c console) Redraw(text string, last bool) bool {
	wrapped, ok := c.w.(interface{ Unwrap() io.Writer })
	if !ok {
		return false
	}
	file, ok := wrapped.Unwrap().(*os.File)
	if !ok {
		return false
	}
	if info, err := file.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	fmt.Fprint(file, "\r\x1b[K    "+visible.Line(text))
	if last {
		fmt.Fprintln(file)
	}
	return true
}

func (c console) Output() io.Writer { return c.w }

// printError prints err for the user. The form of error messages is decided only here.
func printError(w io.Writer, err error) {
	for _, cause := range usererror.Causes(err) {
		var failed *usererror.BuildError
		if errors.As(cause, &failed) && len(failed.Err.Tail) > 0 {
			fmt.Fprintf(w, "\npakman: the last lines of the failing command:\n  %s\n", strings.Join(failed.LastLines(), "\n  "))
		}
		for line := range strings.SplitSeq(strings.TrimRight(usererror.Text(cause), "\n"), "\n") {
			fmt.Fprintf(w, "pakman: %s\n", line)
		}
	}
}
