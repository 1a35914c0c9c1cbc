package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

var errNoDocument = errors.New("no document")

// parseYAML gives the root node of each document that is not empty, at least one.
func parseYAML(data []byte) ([]*yaml.Node, error) {
	// The parser knows of version 1.1 alone; what differs in 1.2 is how scalars are read, and that is done here.
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

// splitLines gives the lines of the text without their ends.
func splitLines(data []byte) []string {
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	return strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
}

// parseWithTabs tries again with the tabs of indentation as blanks. YAML forbids them, but editors of an instellar.yml
// did not. It gives up, with the first error, where the meaning would depend on the width of a tab.
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
	c.warn(Pos{File: c.file.Path, Line: line + 1, Column: 1}, "", "a tab in the indentation, where YAML allows blanks only", "Put two blanks for each tab")
	return documents, nil
}

// indentedWithTab matches a line with a tab before its first text, or right after a list's dash.
var indentedWithTab = regexp.MustCompile(`^[ ]*(-[ ]*)?\t`)

// expandTabs replaces every tab before the first text of a line by blanks.
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

// sameShape compares two trees, but for blanks in their texts.
func sameShape(a, b *yaml.Node) bool {
	return a.Kind == b.Kind &&
		slices.Equal(strings.Fields(a.Value), strings.Fields(b.Value)) &&
		slices.EqualFunc(a.Content, b.Content, sameShape)
}

const (
	maxDepth  = 64
	maxValues = 100_000
)

// measurer bounds a tree whose aliases may stand for much more than is written.
type measurer struct {
	done map[*yaml.Node][2]int // size and height; size 0 while it is being measured
}

// measure gives the node at which the tree becomes too deep, too large or endless, and what is wrong there.
func measure(root *yaml.Node) (*yaml.Node, string) {
	m := &measurer{done: map[*yaml.Node][2]int{}}
	_, _, node, problem := m.visit(root, 0)
	return node, problem
}

func (m *measurer) visit(n *yaml.Node, depth int) (size, height int, where *yaml.Node, problem string) {
	if n.Kind == yaml.AliasNode {
		size, height, where, problem = m.visit(n.Alias, depth)
		if problem != "" {
			where = n
		}
		return size, height, where, problem
	}
	if known, ok := m.done[n]; ok {
		if known[0] == 0 {
			return 0, 0, n, "an alias stands inside the value that it refers to"
		}
		return known[0], known[1], n, tooMuch(known[0], depth+known[1])
	}
	if n.Anchor != "" {
		m.done[n] = [2]int{}
	}
	size = 1
	for _, child := range n.Content {
		if depth >= maxDepth {
			return 0, 0, n, tooMuch(size, depth+1)
		}
		s, h, where, problem := m.visit(child, depth+1)
		if problem != "" {
			return 0, 0, where, problem
		}
		size, height = size+s, max(height, h+1)
		if problem := tooMuch(size, depth); problem != "" {
			return 0, 0, child, problem
		}
	}
	if n.Anchor != "" {
		m.done[n] = [2]int{size, height}
	}
	return size, height, n, ""
}

func tooMuch(size, depth int) string {
	switch {
	case depth > maxDepth:
		return fmt.Sprintf("values are nested more than %d deep", maxDepth)
	case size > maxValues:
		return fmt.Sprintf("the file stands for more than %d values, its aliases written out", maxValues)
	}
	return ""
}
