package console

import "fmt"

// debugger is a console that can show details which are only for the search for a fault.
type debugger interface {
	Debug(format string, args ...any)
}

// Debug shows a detail, if c shows details.
func Debug(c Console, format string, args ...any) {
	switch c := c.(type) {
	case debugger:
		c.Debug(format, args...)
	case *Stages:
		Debug(c.Console, format, args...)
	}
}

// Debug shows a detail under the name.
func (p *Prefixed) Debug(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	Debug(p.console, "%s: %s", p.name, fmt.Sprintf(format, args...))
}
