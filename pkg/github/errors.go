package github

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	api "github.com/google/go-github/v58/github"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/internal/visible"
)

// refusedError is final: trying again would not help.
type refusedError struct {
	text string
	err  error // nil: ours
}

func (e *refusedError) Error() string { return e.text }
func (e *refusedError) Unwrap() error { return e.err }

// statusOf returns the status of the answer that err is about; 0: there was none.
func statusOf(err error) int {
	var answer *api.ErrorResponse
	if errors.As(err, &answer) && answer.Response != nil {
		return answer.Response.StatusCode
	}
	return 0
}

// exists reports whether what was to be made is there already.
func exists(err error) bool {
	var answer *api.ErrorResponse
	if !errors.As(err, &answer) {
		return false
	}
	for _, e := range answer.Errors {
		if e.Code == "already_exists" {
			return true
		}
	}
	return statusOf(err) == http.StatusConflict
}

// explain returns what failed, and what to do where the user can fix it. scope is the permission that it takes.
func (c *Client) explain(err error, what, scope string) error {
	var limit *limitError
	var refused *refusedError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &limit):
		return fmt.Errorf("%s: %w", what, limit)
	case errors.As(err, &refused):
		return fmt.Errorf("%s: %w", what, refused)
	}
	var answer *api.ErrorResponse
	if !errors.As(err, &answer) {
		if wrapped, ok := errors.AsType[*url.Error](err); ok {
			err = wrapped.Err
		}
		switch {
		case backoff.Untrusted(err):
			return fmt.Errorf("%s: the certificate of %s is not trusted (%w): for your own certificate authority, set ca-file to "+
				"its PEM file", what, c.host.API, err)
		case backoff.UnknownHost(err) != "":
			return fmt.Errorf("%s: there is no host %s: check GITHUB_API_URL, which is %s", what, backoff.UnknownHost(err), c.host.API)
		}
		return fmt.Errorf("%s: %s does not answer as expected: %w", what, c.host.API, err)
	}
	text := fmt.Sprintf("%s: %s answered %d %s", what, c.host.Name, statusOf(err), sentence(answer))
	if hint := c.hint(answer, scope); hint != "" {
		text += ": " + hint
	}
	return &refusedError{text: text, err: err}
}

// sentence returns what the answer says, in one line of limited length.
func sentence(answer *api.ErrorResponse) string {
	parts := []string{answer.Message}
	if answer.Message == "" {
		parts[0] = http.StatusText(answer.Response.StatusCode)
	}
	for _, e := range answer.Errors {
		parts = append(parts, strings.TrimSpace(strings.Join([]string{e.Resource, e.Field, e.Code, e.Message}, " ")))
	}
	text := []rune(visible.Line(strings.Join(strings.Fields(strings.Join(parts, "; ")), " ")))
	if len(text) > maxMessage {
		return "(" + string(text[:maxMessage]) + "…)"
	}
	return "(" + string(text) + ")"
}

// immutableHint is what to do about a release that gets no assets any more.
const immutableHint = "the release is published, and releases of this repository do not change afterwards: push a tag of another " +
	"version. To make a release with its assets, run on the push of a tag (`on: push: tags:`), not on `release`; jobs that fill one " +
	"release together set `release-assets: draft`, and one job after them runs `command: release`"

// hint says what to do about an answer.
func (c *Client) hint(answer *api.ErrorResponse, scope string) string {
	var message strings.Builder
	message.WriteString(strings.ToLower(answer.Message))
	for _, e := range answer.Errors {
		message.WriteString(" " + strings.ToLower(e.Message))
	}
	switch status := answer.Response.StatusCode; {
	case strings.Contains(message.String(), "used by an immutable release"):
		return "a release that could not change had this tag, and GitHub gives the tag to no other, even after that release is deleted: " +
			"push a tag of another version"
	case strings.Contains(message.String(), "immutable"):
		return immutableHint
	case strings.Contains(message.String(), "ip allow list"):
		return "the organization's IP allow list does not have this runner's address: use a runner whose address is on it, or add it in " +
			"the organization's settings"
	case strings.Contains(message.String(), "saml"):
		return "the organization wants single sign-on: authorize the token for it on its page under Settings, Developer settings, or " +
			"remove github-token, so that the job's own token is used"
	case status == http.StatusUnauthorized:
		return "the token is not valid here; give `github-token: ${{ github.token }}`"
	case status == http.StatusForbidden && c.host.Forge():
		return "the token may not do that: give one that may write to the repository as github-token"
	case status == http.StatusForbidden || status == http.StatusNotFound && answer.Response.Request.Method != http.MethodGet:
		return "the token may not do that: add to the job or the workflow\n\npermissions:\n  " + scope + ": write"
	case status == http.StatusNotFound:
		return "the repository does not exist, or the token may not see it: add to the job or the workflow\n\npermissions:\n  " + scope +
			": write"
	}
	return ""
}
