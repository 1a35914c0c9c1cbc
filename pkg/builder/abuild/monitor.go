package abuild

import (
	"bytes"
	"io"
	"strings"
)

const (
	tailLines = 20
	lineBytes = 4096 // what is kept of a longer line
)

// monitor passes abuild's output on and remembers what an error message needs. abuild marks its
// own lines: ">>> NAME: text", under fakeroot ">>> NAME*: text", errors ">>> ERROR: NAME: text".
type monitor struct {
	out      io.Writer
	progress func(stage string)
	stage    string
	line     []byte
	tail     []string // the last lines before the first failure
	all      []string // the last lines, whatever happened
	errors   []string // texts of the ERROR lines, without those that name a failed step
	failed   string   // the first step that failed
}

// stages are abuild's lines at which a stage begins.
var stages = []struct{ text, stage string }{
	{"Entering fakeroot", "package"},
	{"Running postcheck", "pack"},
}

func newMonitor(out io.Writer, progress func(string)) *monitor {
	if out == nil {
		out = io.Discard
	}
	if progress == nil {
		progress = func(string) {}
	}
	return &monitor{out: out, progress: progress}
}

// enter reports a stage once.
func (m *monitor) enter(stage string) {
	if m.stage != stage {
		m.stage = stage
		m.progress(stage)
	}
}

func (m *monitor) Write(p []byte) (int, error) {
	rest := p
	for {
		end := bytes.IndexByte(rest, '\n')
		if end < 0 {
			break
		}
		m.keep(rest[:end])
		m.see(string(m.line))
		m.line = m.line[:0]
		rest = rest[end+1:]
	}
	m.keep(rest)
	return m.out.Write(p)
}

func (m *monitor) keep(p []byte) {
	m.line = append(m.line, p[:min(len(p), lineBytes-len(m.line))]...)
}

// finish takes a last line without newline into account.
func (m *monitor) finish() {
	if len(m.line) > 0 {
		m.see(string(m.line))
		m.line = nil
	}
}

func (m *monitor) see(line string) {
	line = strings.TrimRight(line, "\r")
	m.all = appendLast(m.all, line)
	marked, own := strings.CutPrefix(line, ">>> ")
	if !own {
		if m.failed == "" {
			m.tail = appendLast(m.tail, line)
		}
		return
	}
	text, isError := strings.CutPrefix(marked, "ERROR: ")
	if _, after, found := strings.Cut(text, ": "); found {
		text = after
	}
	if isError {
		m.seeError(text)
		return
	}
	for _, s := range stages {
		if strings.HasPrefix(text, s.text) {
			m.enter(s.stage)
		}
	}
}

func (m *monitor) seeError(text string) {
	step, isStep := strings.CutSuffix(text, " failed")
	switch {
	case !isStep || strings.Contains(step, " "):
		m.errors = append(m.errors, text)
	case m.failed == "":
		m.failed = step
	}
}

func appendLast(lines []string, line string) []string {
	if len(lines) == tailLines {
		lines = append(lines[:0], lines[1:]...)
	}
	return append(lines, line)
}
