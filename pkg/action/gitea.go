package action

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/github"
	"github.com/pakman/build/pkg/process"
)

// plainOnForge returns the writer for the log. On Gitea and Forgejo, which do not show annotations, it turns them into text.
func plainOnForge(env process.Env) io.Writer {
	host := github.HostFrom(env.Getenv)
	if !host.Forge() {
		return env.Stdout
	}
	fmt.Fprintf(env.Stdout, "%s does not show annotations: mistakes are reported only in this log\n", host.Name)
	return plain{env.Stdout}
}

// plain writes annotations as text. It gets each annotation in one write.
type plain struct{ io.Writer }

var annotation = regexp.MustCompile(`^::(error|warning|notice)(?: [^\n]*?)?::([^\n]*)\n$`)

// Write does not change other commands, such as masks and groups, which forges support.
func (p plain) Write(text []byte) (int, error) {
	parts := annotation.FindSubmatch(text)
	if parts == nil {
		return p.Writer.Write(text)
	}
	message := strings.NewReplacer("%0A", "\n", "%0D", "", "%25", "%").Replace(string(parts[2]))
	if _, err := fmt.Fprintf(inert(p.Writer), "%s: %s\n", parts[1], strings.ReplaceAll(message, "\n", "\n  | ")); err != nil {
		return 0, err
	}
	return len(text), nil
}

// forgeMasks returns what is masked in place of lines. The runners of Gitea and Forgejo take the last "::" of a line for the end of
// the command's name, and would print a secret that has one.
func forgeMasks(lines []string) []string {
	var parts []string
	for _, line := range lines {
		for part := range strings.SplitSeq(line, "::") {
			parts = append(parts, strings.Trim(part, ":"))
		}
	}
	return maskLines(parts)
}
