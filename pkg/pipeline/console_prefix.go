package pipeline

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/pakman/build/pkg/config"
)

// lanes share one console among applications that are built at once. Whole lines are written, each
// behind the name of its application.
type lanes struct {
	mu      sync.Mutex
	console Console
	width   int // of the longest name
}

// lane is one application's console.
type lane struct {
	*lanes
	name string
	rest []byte // the beginning of a line whose end was not written yet
}

var _ Console = (*lane)(nil)

// longestLine is how much of a line without end is held back.
const longestLine = 64 << 10

// Stage stands in the output, where it keeps its place among the lines of its application.
func (l *lane) Stage(title string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = errors.Join(l.end(), l.line([]byte("==> "+title+"\n"))) // nobody else to be told
}

func (l *lane) Info(format string, args ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.console.Info("%s: %s", l.name, fmt.Sprintf(format, args...))
}

func (l *lane) Warn(fault config.Fault) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.console.Warn(fault)
}

func (l *lane) Show(title, text string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.console.Show(title+" of "+l.name, text)
}

func (l *lane) Output() io.Writer { return l }

// Write writes the lines that p ends.
func (l *lane) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, p...)
	for {
		i := bytes.IndexByte(l.rest, '\n')
		if i < 0 {
			break
		}
		if err := l.line(l.rest[:i+1]); err != nil {
			return 0, err
		}
		l.rest = l.rest[i+1:]
	}
	if len(l.rest) > longestLine {
		return len(p), l.end()
	}
	return len(p), nil
}

// end writes what is held back, as a line.
func (l *lane) end() error {
	if len(l.rest) == 0 {
		return nil
	}
	line := append(l.rest, '\n')
	l.rest = nil
	return l.line(line)
}

// line writes text in one piece, so that nothing comes between it and its name.
func (l *lane) line(text []byte) error {
	_, err := l.console.Output().Write(fmt.Appendf(nil, "%-*s | %s", l.width, l.name, text))
	return err
}
