package github

import (
	"context"
	"fmt"
	"strings"

	api "github.com/google/go-github/v58/github"
)

// Note is a part of a release's text that this program keeps: it stands between two comments that name it, and nothing
// else of the text is touched.
type Note struct {
	ID   string // such as the package's name
	Text string // Markdown
}

// note puts the notes into the release's text. The server has no compare-and-swap: of several runs that do this at
// once one may take away another's note, so each looks whether its own are there.
func (c *Client) note(ctx context.Context, r *release, notes []Note) error {
	if len(notes) == 0 {
		return nil
	}
	body := r.body
	for range attempts {
		text := withNotes(body, notes)
		if text == body {
			return nil
		}
		if _, _, err := c.api.Repositories.EditRelease(ctx, c.owner, c.name, r.id, &api.RepositoryRelease{Body: &text}); err != nil {
			return err
		}
		now, _, err := c.api.Repositories.GetRelease(ctx, c.owner, c.name, r.id)
		if err != nil {
			return err
		}
		body = now.GetBody()
	}
	return fmt.Errorf("others keep changing it: it lacks the install commands after %d attempts", attempts)
}

// withNotes returns text with each note in its place, or at the end where it has none yet.
func withNotes(text string, notes []Note) string {
	text = strings.ReplaceAll(text, "\r\n", "\n") // as GitHub's form saves it
	for _, n := range notes {
		begin, end := "<!-- pakman "+n.ID+" -->\n", "\n<!-- /pakman "+n.ID+" -->"
		block := begin + n.Text + end
		before, rest, found := strings.Cut(text, begin)
		_, after, closed := strings.Cut(rest, end)
		switch {
		case found && closed:
			text = before + block + after
		case strings.TrimSpace(text) == "":
			text = block + "\n"
		default:
			text = strings.TrimRight(text, "\n") + "\n\n" + block + "\n"
		}
	}
	return text
}
