package config

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var errNoDocument = errors.New("no document")

// A tab that indents.
const (
	tabMessage = "a tab in the indentation, where YAML allows spaces only"
	tabHint    = "Replace each tab with two spaces"
)

// parseYAML returns the root node of each document that is not empty, at least one.
func parseYAML(data []byte) ([]*yaml.Node, error) {
	// The parser knows version 1.1 only; 1.2 differs in how scalars are read, which this package does itself.
	if rest, ok := bytes.CutPrefix(data, []byte("%YAML 1.2")); ok {
		data = append([]byte("%YAML 1.1"), rest...)
	}
	var documents []*yaml.Node
	for decoder := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var document yaml.Node
		err := decoder.Decode(&document)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		root := document.Content[0]
		if empty := isNull(root); !empty {
			documents = append(documents, root)
		}
	}
	if len(documents) == 0 {
		return nil, errNoDocument
	}
	return documents, nil
}

// splitLines returns the lines of the text without their ends.
func splitLines(data []byte) []string {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
}

// parseWithTabs tries again with the tabs of the indentation as spaces. YAML forbids tabs, but the original PAKman
// accepted them. It returns the first error if the meaning would depend on the width of a tab.
func (c *findings) parseWithTabs(data []byte, first error) ([]*yaml.Node, error) {
	var documents []*yaml.Node
	line := slices.IndexFunc(splitLines(data), indentedWithTab.MatchString)
	if line < 0 {
		return nil, first
	}
	for _, width := range []int{2, 4, 8} {
		tried, err := parseYAML(expandTabs(data, width))
		switch {
		case err != nil:
		case documents == nil:
			documents = tried
		case !slices.EqualFunc(documents, tried, sameShape):
			return nil, first
		}
	}
	if documents == nil {
		return nil, first
	}
	c.warn(Pos{File: c.file.Path, Line: line + 1, Column: 1}, "", tabMessage, tabHint)
	return documents, nil
}

// indentedWithTab matches a line with a tab before its first text, or right after a list's dash.
var indentedWithTab = regexp.MustCompile(`^[ ]*(-[ ]*)?\t`)

// expandTabs replaces every tab before the first text of a line with spaces.
func expandTabs(data []byte, width int) []byte {
	lines := splitLines(data)
	for i, line := range lines {
		text := strings.TrimLeft(line, " \t")
		indent := strings.ReplaceAll(line[:len(line)-len(text)], "\t", strings.Repeat(" ", width))
		if rest, ok := strings.CutPrefix(text, "-"); ok && strings.HasPrefix(strings.TrimLeft(rest, " "), "\t") {
			text = "- " + strings.TrimLeft(rest, " \t")
		}
		lines[i] = indent + text
		if text == "" {
			lines[i] = ""
		}
	}
	return []byte(strings.Join(lines, "\n"))
}

// sameShape compares two trees, ignoring white space in their texts.
func sameShape(a, b *yaml.Node) bool {
	return a.Kind == b.Kind &&
		slices.Equal(strings.Fields(a.Value), strings.Fields(b.Value)) &&
		slices.EqualFunc(a.Content, b.Content, sameShape)
}
