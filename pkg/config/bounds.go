package config

import (
	"fmt"

	"gopkg.in/yaml.v3"
)

// Limits of a file with its aliases expanded. A value counts once, and once more for every 32 bytes of text.
const (
	maxDepth  = 64
	maxValues = 100_000
)

// measurer limits a tree whose aliases may expand to much more than is written.
type measurer struct {
	done map[*yaml.Node][2]int // size and height; size 0 while it is being measured
}

// measure returns the node at which the tree becomes too deep, too large or endless, and what is wrong there.
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
			return 0, 0, n, "an alias is inside the value that it refers to"
		}
		return known[0], known[1], n, tooMuch(known[0], depth+known[1])
	}
	if n.Anchor != "" {
		m.done[n] = [2]int{}
	}
	size = 1 + len(n.Value)/32
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
		return fmt.Sprintf("values are nested more than %d levels deep", maxDepth)
	case size > maxValues:
		return "the file is too large with its aliases expanded"
	}
	return ""
}
