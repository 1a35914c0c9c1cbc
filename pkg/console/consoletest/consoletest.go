// Package consoletest has a console for tests.
package consoletest

import (
	"bytes"
	"fmt"
	"io"

	"github.com/pakman/build/pkg/config"
)

// Buffer is a console that keeps what is written to it. It is not for several writers at once.
type Buffer struct{ bytes.Buffer }

// Stage writes the title as a line.
func (b *Buffer) Stage(title string) { fmt.Fprintf(b, "==> %s\n", title) }

// Info writes the message as a line.
func (b *Buffer) Info(format string, args ...any) { fmt.Fprintf(b, format+"\n", args...) }

// Warn writes the fault as a line.
func (b *Buffer) Warn(fault config.Fault) { fmt.Fprintf(b, "warning: %s\n", fault) }

// Show writes the title and the text.
func (b *Buffer) Show(title, text string) { fmt.Fprintf(b, "%s\n%s", title, text) }

// Output returns b.
func (b *Buffer) Output() io.Writer { return b }
