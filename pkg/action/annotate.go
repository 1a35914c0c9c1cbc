package action

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
)

// GitHub shows 10 errors for a step and 4,096 characters of each.
const (
	maxErrors  = 10
	maxMessage = 4000
)

// annotate shows err on the lines of the YAML file that it speaks of.
func annotate(gha *githubactions.Action, err error) {
	var faults config.Faults
	var build *pipeline.BuildError
	switch {
	case errors.As(err, &faults):
		annotateFaults(gha, faults)
	case errors.As(err, &build):
		text := build.Error()
		if len(build.Err.Tail) > 0 {
			text += "\n" + strings.Join(build.Err.Tail, "\n")
		}
		gha.WithFieldsMap(position(build.Pos)).Errorf("%s", clip(text))
	default:
		gha.Errorf("%s", clip(err.Error()))
	}
}

func annotateFaults(gha *githubactions.Action, faults config.Faults) {
	var errs config.Faults
	for _, f := range faults {
		if !f.Warning {
			errs = append(errs, f)
		}
	}
	for i, f := range errs {
		if i == maxErrors-1 && len(errs) > maxErrors {
			gha.WithFieldsMap(position(f.Pos)).Errorf("%s", clip(fmt.Sprintf("%d more mistakes, from here on:\n%s", len(errs)-i, errs[i:])))
			return
		}
		gha.WithFieldsMap(position(f.Pos)).Errorf("%s", clip(f.String()))
	}
}

// clip cuts text to what GitHub shows, at the front: what failed last is at the end.
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

// failure writes the summary of a step that failed: the cause.
func failure(err error) func(io.Writer) error {
	return func(w io.Writer) error {
		var text string
		for _, cause := range pipeline.Causes(err) {
			text += cause.Error() + "\n"
			var build *pipeline.BuildError
			if errors.As(cause, &build) {
				text += "\n" + strings.Join(build.Err.Tail, "\n") + "\n\n"
			}
		}
		text = strings.TrimRight(text, "\n")
		// An indented block: nothing in the text is markup.
		_, err := fmt.Fprintf(w, "### PAKman failed\n\n    %s\n", strings.ReplaceAll(text, "\n", "\n    "))
		return err
	}
}
