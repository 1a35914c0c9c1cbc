package secret

import (
	"cmp"
	"slices"
)

// automaton finds all patterns in a text in one pass, after Aho and Corasick: for each byte it moves to the state of the
// longest end of the text so far that begins a pattern. Its time does not depend on the patterns.
type automaton struct {
	states []state
	edges  []edge // sorted by state
	first  [256]uint32
}

// state stands for the beginning of a pattern. State 0 is the empty one.
type state struct {
	fail      uint32 // the state of its longest end that is a beginning too
	edge, end uint32 // its edges
	depth     uint32 // its length
	match     uint32 // the length of the longest pattern that ends here; 0: none
	open      uint32 // the length of its longest end that further bytes can make a pattern
}

type edge struct {
	char byte
	to   uint32
}

// newAutomaton makes the automaton of the patterns, none of which is empty.
func newAutomaton(patterns []string) *automaton {
	a := &automaton{states: make([]state, 1)}
	children := make([][]edge, 1)
	for _, p := range patterns {
		at := uint32(0)
		for i := range len(p) {
			known := slices.IndexFunc(children[at], func(e edge) bool { return e.char == p[i] })
			if known >= 0 {
				at = children[at][known].to
				continue
			}
			to := uint32(len(a.states)) //#nosec G115 -- at most the bytes of all patterns
			children[at] = append(children[at], edge{p[i], to})
			children = append(children, nil)
			a.states = append(a.states, state{depth: a.states[at].depth + 1})
			at = to
		}
		a.states[at].match = uint32(len(p)) //#nosec G115 -- likewise
	}
	a.edges = make([]edge, 0, len(a.states))
	for at, edges := range children {
		a.states[at].edge = uint32(len(a.edges)) //#nosec G115 -- likewise
		a.edges = append(a.edges, edges...)
		a.states[at].end = uint32(len(a.edges)) //#nosec G115 -- likewise
	}
	for _, e := range children[0] {
		a.first[e.char] = e.to
	}
	a.connect()
	return a
}

// connect fills in what a state has from its longest end, in the order of their lengths.
func (a *automaton) connect() {
	queue := make([]uint32, 0, len(a.states))
	queue = append(queue, 0)
	for i := 0; i < len(queue); i++ {
		at := queue[i]
		s := &a.states[at]
		for _, e := range a.edges[s.edge:s.end] {
			if at != 0 {
				a.states[e.to].fail = a.next(s.fail, e.char)
			}
			queue = append(queue, e.to)
		}
		s.match = cmp.Or(s.match, a.states[s.fail].match)
		s.open = a.states[s.fail].open
		if s.edge < s.end {
			s.open = s.depth
		}
	}
}

// next returns the state after a further byte.
func (a *automaton) next(at uint32, c byte) uint32 {
	for at != 0 {
		s := &a.states[at]
		for _, e := range a.edges[s.edge:s.end] {
			if e.char == c {
				return e.to
			}
		}
		at = s.fail
	}
	return a.first[c]
}
