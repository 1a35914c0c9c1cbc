package action

import (
	"crypto/rand"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/internal/runnerlog"
	"github.com/pakman/build/pkg/internal/visible"
)

// console writes to GitHub's log. GitHub interprets workflow commands in every line of the log, so foreign text (the output of
// the build, generated files) is put between ::stop-commands:: and a token that nobody can guess. Messages, which may name
// what strangers have named, are escaped.
type console struct {
	gha  *githubactions.Action
	w    io.Writer
	text io.Writer // escapes

	mu      sync.Mutex // the build's output comes from another goroutine
	inGroup bool
	warned  int    // warnings that were shown
	more    []note // warnings beyond GitHub's limit, shown as one
	token   string // of the open fence; empty: none is open

	debugging bool // details are shown
	forge     bool // the runner is that of Gitea or Forgejo
}

func newConsole(gha *githubactions.Action, w io.Writer) *console {
	return &console{gha: gha, w: w, text: inert(w)}
}

// inert returns a writer to the log of text that the runner never takes for a command. What visible removes, colours, must not
// join a command, so it goes first.
func inert(w io.Writer) io.Writer { return visible.NewWriter(runnerlog.NewWriter(w)) }

func (c *console) Stage(title string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endGroup()
	c.gha.Group(oneLine(title))
	c.inGroup = true
}

// close ends the open fence and the open group, and shows the warnings that GitHub would have dropped.
func (c *console) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.endGroup()
	for _, n := range fit(c.more, 1, "warnings") {
		c.warning(n)
	}
	c.more = nil
}

func (c *console) endGroup() {
	c.unfence()
	if c.inGroup {
		c.gha.EndGroup()
		c.inGroup = false
	}
}

func (c *console) Info(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unfence()
	c.say(fmt.Sprintf(format, args...))
}

func (c *console) Warn(fault config.Fault) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unfence()
	n := note{fault.Pos, fault.String()}
	if fault.Pos == (config.Pos{}) {
		n.text = fault.Text()
	}
	if c.warned == maxAnnotations-1 {
		c.say(n.text)
		c.more = append(c.more, n)
		return
	}
	c.warned++
	c.warning(n)
}

func (c *console) say(text string) { fmt.Fprintln(c.text, oneLine(text)) }

func (c *console) warning(n note) {
	c.gha.WithFieldsMap(position(n.pos)).Warningf("%s", clip(n.text))
}

func (c *console) Show(title, text string) {
	c.Stage(title)
	fmt.Fprintln(c.Output(), text)
}

// mask makes the runner hide the secrets in all further output. Within a fence it would print the command, and so the secret.
func (c *console) mask(secrets ...string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.unfence()
	lines := maskLines(secrets)
	if c.forge {
		lines = forgeMasks(lines)
	}
	for _, line := range lines {
		c.gha.AddMask(line)
	}
}

// Output returns the writer for foreign text. Each write opens the fence if it is closed; the next message of the console
// closes it.
func (c *console) Output() io.Writer { return fenced{c} }

type fenced struct{ c *console }

func (f fenced) Write(p []byte) (int, error) {
	f.c.mu.Lock()
	defer f.c.mu.Unlock()
	if f.c.token == "" {
		f.c.token = rand.Text()
		f.c.gha.IssueCommand(&githubactions.Command{Name: "stop-commands", Message: f.c.token})
	}
	return f.c.w.Write(p)
}

func (c *console) unfence() {
	if c.token != "" {
		// The last line of the build may lack a line break, and a command must be at the beginning of a line.
		fmt.Fprintf(c.w, "\n::%s::\n", c.token)
		c.token = ""
	}
}

// oneLine removes line breaks.
func oneLine(s string) string { return strings.NewReplacer("\n", " ", "\r", " ").Replace(s) }

// position returns a position in the user's file as properties of an annotation.
func position(p config.Pos) map[string]string {
	fields := map[string]string{}
	if p.File != "" {
		fields["file"] = strings.TrimPrefix(p.File, "./")
	}
	if p.Line > 0 {
		fields["line"], fields["col"] = strconv.Itoa(p.Line), strconv.Itoa(p.Column)
	}
	return fields
}
