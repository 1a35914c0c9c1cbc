package console

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pakman/build/pkg/config"
)

// sharedConsole is one console for applications that are built at once. Whole lines are written, each
// after the name of its application.
type sharedConsole struct {
	mu      sync.Mutex
	console Console
	width   int // of the longest name
}

// Prefixed is a console that puts a name before each line of the output.
type Prefixed struct {
	*sharedConsole
	name string
	rest []byte // the beginning of a line whose end was not written yet
}

var _ Console = (*Prefixed)(nil)

// longestLine is how much of a line without end is held back.
const longestLine = 64 << 10

// NewPrefixed returns a console that writes to c with name before each line.
func NewPrefixed(c Console, name string) *Prefixed {
	return &Prefixed{sharedConsole: &sharedConsole{console: c}, name: name}
}

// Stage is written to the output, where it keeps its place among the lines of its application.
func (p *Prefixed) Stage(title string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	_ = errors.Join(p.flush(), p.line([]byte("==> "+title+"\n"))) // there is nowhere else to show it
}

// Info shows one message under the name.
func (p *Prefixed) Info(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console.Info("%s: %s", p.name, fmt.Sprintf(format, args...))
}

// Warn shows a fault, which names its file.
func (p *Prefixed) Warn(fault config.Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console.Warn(fault)
}

// Show prints a generated file under a title with the name.
func (p *Prefixed) Show(title, text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.console.Show(title+" of "+p.name, text)
}

// Output returns p, which puts the name before each line.
func (p *Prefixed) Output() io.Writer { return p }

// Write writes the lines that text completes.
func (p *Prefixed) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rest = append(p.rest, text...)
	for {
		i := bytes.IndexByte(p.rest, '\n')
		if i < 0 {
			break
		}
		if err := p.line(p.rest[:i+1]); err != nil {
			return 0, err
		}
		p.rest = p.rest[i+1:]
	}
	if len(p.rest) > longestLine {
		return len(text), p.flush()
	}
	return len(text), nil
}

// Close writes what is held back.
func (p *Prefixed) Close() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.flush()
}

// flush writes what is held back, as a line.
func (p *Prefixed) flush() error {
	if len(p.rest) == 0 {
		return nil
	}
	rest := p.rest
	p.rest = nil
	return p.line(append(rest, '\n'))
}

// line writes text in one piece, so that nothing comes between it and its name.
func (p *Prefixed) line(text []byte) error {
	_, err := p.console.Output().Write(fmt.Appendf(nil, "%-*s | %s", p.width, p.name, text))
	return err
}
