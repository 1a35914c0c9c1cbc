package usererror

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
)

// BuildError is a failing command of the user's, with its place in the user's file.
type BuildError struct {
	Pos config.Pos // of the shell block, or of the function in the user's own APKBUILD
	Key string     // "build.command"; empty for an APKBUILD
	// Command is the line of the block at which it stopped, where that is known.
	Command string
	Err     *builder.CommandError
}

func (e *BuildError) Error() string {
	switch {
	case e.Key == "" && e.Pos.File == "":
		return e.Err.Error()
	case e.Key == "":
		return fmt.Sprintf("%s: %v", e.Pos, e.Err)
	}
	text := fmt.Sprintf("%s: %s: %v", e.Pos, e.Key, e.Err)
	if e.Command != "" {
		text += ", at: " + e.Command
	}
	if cause := e.cause(); cause != "" {
		text += ": " + cause
	}
	return text
}

// complaint matches a line in which a tool says why it failed.
var complaint = regexp.MustCompile(`(?i)\b(error|fatal|panic|cannot|can't|could not|not found|no such|denied|undefined|unknown|invalid|` +
	`failed|missing|unable|refused|exception)\b|\*\*\*|[a-z](Error|Exception): `)

// pointer matches a line that says where to read on, and not what happened.
var pointer = regexp.MustCompile(`(?i)complete log of this run|this is related to npm|for more (information|details)|` +
	`^npm err(or|!)( \w+)?$|see (the )?(above|full|logs?)\b|re-run .* with --|^error: script .* exited with code`)

// cause returns the last line of the output that tells why the command failed; "" if none does. The last line itself is often
// a pointer to a log, or a count.
func (e *BuildError) cause() string {
	if e.Err.Missing != "" { // which the message says already
		return ""
	}
	for _, line := range slices.Backward(e.Err.Tail) {
		if line = strings.TrimSpace(line); complaint.MatchString(line) && !pointer.MatchString(line) {
			return shorten(line)
		}
	}
	return ""
}

// shorten keeps a foreign line from filling the screen.
func shorten(line string) string {
	const most = 300
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return line
}

// LastLines returns the last lines of the command's output. Of a very long one, as minified scripts have, the middle is left out:
// the complaint stands at its beginning or at its end.
func (e *BuildError) LastLines() []string {
	const most = 600
	lines := slices.Clone(e.Err.Tail)
	for i, line := range lines {
		if runes := []rune(line); len(runes) > most {
			left := len(runes) - most
			lines[i] = fmt.Sprintf("%s … (%d characters) … %s", string(runes[:most/2]), left, string(runes[len(runes)-most/2:]))
		}
	}
	return lines
}

func (e *BuildError) Unwrap() error { return e.Err }
