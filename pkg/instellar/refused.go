package instellar

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/internal/visible"
)

// Invalid is one value that the platform does not take.
type Invalid struct {
	Path    string // in the request, in the form of the YAML file: kits[0].blueprint.name, stack
	Message string
}

// ValidationError is the platform's answer 422.
type ValidationError struct {
	What   string // "configure the deployment"
	Values []Invalid
}

func (e *ValidationError) Error() string {
	var values []string
	for _, v := range e.Values {
		values = append(values, strings.TrimPrefix(v.Path+": "+v.Message, ": "))
	}
	return fmt.Sprintf("the platform does not %s: %s", e.What, strings.Join(values, "; "))
}

// refused explains an answer of another status than the protocol's success.
func (c *Client) refused(a *httpjson.Answer, what string, hints map[int]string) error {
	if a.Status == http.StatusUnprocessableEntity {
		if values := invalid(a.Body); len(values) > 0 {
			return &ValidationError{What: what, Values: values}
		}
	}
	hint, ok := hints[a.Status]
	if !ok {
		hint = map[int]string{
			http.StatusUnauthorized: "the platform does not accept the session: check INSTELLAR_AUTH_TOKEN, whose account must still " +
				"exist, and INSTELLAR_PACKAGE_TOKEN",
			http.StatusForbidden: "the account of INSTELLAR_AUTH_TOKEN may not do this: check its role, and that " +
				"INSTELLAR_PACKAGE_TOKEN is of a package of the same organization",
			http.StatusNotFound: "the platform does not know the package: copy INSTELLAR_PACKAGE_TOKEN once more from the package's " +
				"page, and check INSTELLAR_ENDPOINT",
		}[a.Status]
	}
	return fmt.Errorf("cannot %s: %w", what, a.Unexpected(hint))
}

// incomplete is an answer of the right status that lacks a value.
func (c *Client) incomplete(what, value string) error {
	return fmt.Errorf("%s answered for %s without %s: is this an Instellar platform? check INSTELLAR_ENDPOINT", c.http.Host(), what, value)
}

// invalid reads the errors of an answer, in one of the forms in use: a tree with messages at the places
// of the values, {"errors": {"kits": [{}, {"name": ["is taken"]}]}}, or a list of JSON:API,
// {"errors": [{"detail": "is taken", "source": {"pointer": "/payload/kits/1/name"}}]}, both of them also within "data"; or one
// message, {"error": {"message": "is taken"}}.
func invalid(body []byte) []Invalid {
	type errorTree struct {
		Errors any `json:"errors"`
	}
	var answer struct {
		errorTree
		Data  errorTree
		Error struct{ Message any }
	}
	if json.Unmarshal(body, &answer) != nil {
		return nil
	}
	var found []Invalid
	for _, tree := range []any{answer.Errors, answer.Data.Errors, answer.Error.Message} {
		collect(tree, nil, &found)
	}
	if len(found) > maxInvalid {
		found = found[:maxInvalid]
	}
	slices.SortStableFunc(found, func(a, b Invalid) int { return strings.Compare(a.Path, b.Path) })
	return found
}

// What is read of an answer's errors at most. Real ones have a handful, a few levels deep.
const (
	maxInvalid = 100 // values
	maxDepth   = 32  // levels
	maxText    = 300 // characters of a path or message
)

func collect(node any, path []string, found *[]Invalid) {
	if len(path) > maxDepth || len(*found) > maxInvalid {
		return
	}
	switch node := node.(type) {
	case string:
		*found = append(*found, Invalid{Path: yamlPath(path), Message: excerpt(node)})
	case []any:
		for i, child := range node {
			if _, message := child.(string); message {
				collect(child, path, found)
				continue
			}
			collect(child, append(slices.Clip(path), strconv.Itoa(i)), found)
		}
	case map[string]any:
		if pointed, ok := pointer(node); ok && len(path) == 1 && isIndex(path[0]) {
			*found = append(*found, pointed)
			return
		}
		for name, child := range node {
			collect(child, append(slices.Clip(path), name), found)
		}
	}
}

// pointer reads an error object of JSON:API.
func pointer(node map[string]any) (Invalid, bool) {
	message, ok := node["detail"].(string)
	if !ok {
		message, ok = node["title"].(string)
	}
	if !ok {
		return Invalid{}, false
	}
	var path []string
	if source, isMap := node["source"].(map[string]any); isMap {
		if at, isText := source["pointer"].(string); isText {
			path = strings.Split(strings.Trim(at, "/"), "/")
		}
	}
	return Invalid{Path: yamlPath(path[:min(len(path), maxDepth)]), Message: excerpt(message)}, true
}

func isIndex(step string) bool {
	_, err := strconv.Atoi(step)
	return err == nil
}

// yamlPath writes a path as the YAML file's key paths are written, without what only the request has.
func yamlPath(path []string) string {
	for len(path) > 0 && slices.Contains([]string{"data", "attributes", "configuration", "payload", "deployment", "errors", "detail",
		"base"}, path[0]) {
		path = path[1:]
	}
	var b strings.Builder
	for _, step := range path {
		switch {
		case isIndex(step):
			b.WriteString("[" + step + "]")
		case b.Len() > 0:
			b.WriteString("." + step)
		default:
			b.WriteString(step)
		}
	}
	return excerpt(b.String())
}

// excerpt returns the beginning of what the platform says, in one line that can be shown.
func excerpt(s string) string {
	if len(s) > 8*maxText { // before work is done for what is not shown
		s = strings.ToValidUTF8(s[:8*maxText], "")
	}
	text := []rune(visible.Line(strings.Join(strings.Fields(s), " ")))
	if len(text) > maxText {
		return string(text[:maxText]) + "…"
	}
	return string(text)
}
