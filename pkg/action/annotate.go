package action

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/usererror"
)

// GitHub shows 10 errors and 10 warnings for a step and 4,096 characters of each.
const (
	maxAnnotations = 10
	maxMessage     = 4000
)

// note is one annotation: a text, and the position in the user's file that it is about.
type note struct {
	pos  config.Pos
	text string
}

// annotate shows the causes of an error on the lines of the YAML files that they are about.
func annotate(gha *githubactions.Action, err error) {
	var notes []note
	for _, cause := range usererror.Causes(err) {
		notes = append(notes, notesOf(cause)...)
	}
	for _, n := range fit(notes, maxAnnotations, "mistakes") {
		gha.WithFieldsMap(position(n.pos)).Errorf("%s", clip(n.text))
	}
}

// notesOf returns the annotations of one cause.
func notesOf(err error) []note {
	var faults config.Faults
	var build *usererror.BuildError
	switch {
	case errors.As(err, &faults):
		var notes []note
		for _, f := range faults {
			if !f.Warning {
				notes = append(notes, note{f.Pos, f.String()})
			}
		}
		return notes
	case errors.As(err, &build):
		return []note{{build.Pos, withTail(build)}}
	}
	return []note{{text: usererror.Text(err)}}
}

// withTail returns the message of a failed build command with the last lines of its output.
func withTail(build *usererror.BuildError) string {
	return strings.TrimRight(build.Error()+"\n"+strings.Join(build.LastLines(), "\n"), "\n")
}

// fit joins the last notes into one if there are more than most, because GitHub silently drops further ones.
func fit(notes []note, most int, what string) []note {
	if len(notes) <= most {
		return notes
	}
	rest := notes[most-1:]
	lines := make([]string, len(rest))
	for i, n := range rest {
		lines[i] = n.text
	}
	sum := note{rest[0].pos, fmt.Sprintf("%d more %s, from here on:\n%s", len(rest), what, strings.Join(lines, "\n"))}
	return append(notes[:most-1:most-1], sum)
}

// clip shortens text to the length that GitHub shows. It removes the middle: the cause is at the beginning, and the last
// output of the failed command at the end.
func clip(text string) string {
	if len(text) <= maxMessage {
		return text
	}
	head, _, _ := strings.Cut(text, "\n")
	if len(head) > maxMessage/2 {
		head = strings.ToValidUTF8(head[:maxMessage/2], "")
	}
	rest := text[len(text)-(maxMessage-len(head)-5):]
	return head + "\n…\n" + strings.ToValidUTF8(rest, "")
}

// failure writes the summary of a failed step, which is the cause.
func failure(err error) func(io.Writer) error {
	return func(w io.Writer) error {
		var causes []string
		for _, cause := range usererror.Causes(err) {
			text := usererror.Text(cause)
			if build, ok := errors.AsType[*usererror.BuildError](cause); ok {
				text = withTail(build) + "\n"
			}
			causes = append(causes, clip(text))
		}
		const most = 50 // so many of them are far below GitHub's limit for a summary
		if more := len(causes) - most; more > 0 {
			causes = append(causes[:most], fmt.Sprintf("… and %d more", more))
		}
		text := strings.TrimRight(strings.Join(causes, "\n"), "\n")
		_, err := fmt.Fprintf(w, "### PAKman failed\n\n%s\n", indented(text))
		return err
	}
}

// indented returns text as an indented code block of Markdown, in which nothing is markup.
func indented(text string) string {
	return "    " + strings.ReplaceAll(text, "\n", "\n    ") + "\n"
}
