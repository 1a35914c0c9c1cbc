package action

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/github"
)

// plainOnForge returns the log: on Gitea and Forgejo, which show no annotations, these become plain text.
func plainOnForge(env Env) io.Writer {
	host := github.HostFrom(env.Getenv)
	if !host.Forge() {
		return env.Stdout
	}
	fmt.Fprintf(env.Stdout, "%s shows no annotations: mistakes stand in this log alone\n", host.Name)
	return plain{env.Stdout}
}

// plain writes annotations as text. Each comes in a write of its own.
type plain struct{ io.Writer }

var annotation = regexp.MustCompile(`^::(error|warning|notice)(?: [^\n]*?)?::([^\n]*)\n$`)

// Write passes on all else, such as masks and groups, which forges know.
func (p plain) Write(text []byte) (int, error) {
	parts := annotation.FindSubmatch(text)
	if parts == nil {
		return p.Writer.Write(text)
	}
	message := strings.NewReplacer("%0A", "\n", "%0D", "", "%25", "%").Replace(string(parts[2]))
	// No further line may begin with what a runner reads as a command.
	message = strings.ReplaceAll(message, "\n", "\n  | ")
	if _, err := fmt.Fprintf(p.Writer, "%s: %s\n", parts[1], message); err != nil {
		return 0, err
	}
	return len(text), nil
}
