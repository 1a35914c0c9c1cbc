package config

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// renamed returns the present name to a key that had another.
func (d *decoder) renamed(parent string, n *yaml.Node, e entry) entry {
	if join(parent, e.name) != "build.destination" {
		return e
	}
	if hasKey(n, "destinations") {
		return e // the present one counts, see known
	}
	e.name = "destinations"
	d.warn(d.at(e.key), "build.destination", "an older form", "It counts as a list; write "+newList(key{path: "destinations"}, texts(e.value)))
	if v := resolve(e.value); v.Kind == yaml.ScalarNode && !isNull(v) {
		e.value = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: e.value.Line, Column: e.value.Column, Content: []*yaml.Node{e.value}}
	}
	return e
}

// known tells that an unknown key has been dealt with.
func (d *decoder) known(parent string, e entry) bool {
	if join(parent, e.name) == "build.destination" {
		d.warn(d.at(e.key), "build.destination", "an older form of build.destinations, which is there too", "Remove it; it does not count")
		return true
	}
	return false
}

// reshaped returns the present shape to a value that has an older one. It is nil when nothing is left to decode.
func (d *decoder) reshaped(k key, where string, n *yaml.Node, parent reflect.Value) *yaml.Node {
	scalar := n.Kind == yaml.ScalarNode && !isNull(n)
	switch {
	case scalar && (k.path == "build" || k.path == "check"):
		d.warn(d.findings.file.Pos(where), where, "found "+describe(n)+", a mapping is expected", "It counts as the command; write `"+k.path+": {command: …}`")
		return d.wrapped(where, "command", n)
	case scalar && k.path == "run.services[].start":
		d.warn(d.findings.file.Pos(where), where, "found "+describe(n)+", a mapping is expected", "It counts as the arguments; write `start: {call: …}`")
		return d.wrapped(where, "call", n)
	case k.path == "run.services[].stop" && n.Kind == yaml.MappingNode:
		d.stopCall(where, n, parent)
		return nil
	case k.form == tablesForm && n.Kind == yaml.MappingNode && itemLike(k, n):
		d.warn(d.findings.file.Pos(where), where, "found a mapping, a list is expected", "It counts as a list of one; begin its first line with a dash")
		return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: n.Line, Column: n.Column, Content: []*yaml.Node{n}}
	case k.form == tablesForm && n.Kind == yaml.SequenceNode:
		return d.merged(where, n)
	case k.form == shellForm && n.Kind == yaml.SequenceNode:
		return d.joinedLines(where, n)
	}
	return n
}

// wrapped makes {name: n} of n and returns the new key the place of the old.
func (d *decoder) wrapped(where, name string, n *yaml.Node) *yaml.Node {
	k := &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Value: name, Line: n.Line, Column: n.Column}
	d.findings.file.marks[join(where, name)] = d.findings.file.marks[where]
	return &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Line: n.Line, Column: n.Column, Content: []*yaml.Node{k, n}}
}

// stopCall decodes `stop: {call: …}`.
func (d *decoder) stopCall(where string, n *yaml.Node, service reflect.Value) {
	for _, e := range d.entries(where, n) {
		sub := join(where, e.name)
		d.place(sub, e.key, e.value)
		if e.name != "call" {
			d.strict(d.at(e.key), sub, "no such key", "Write `stop: {call: …}`, or shell as `stop: …`")
			continue
		}
		if v := resolve(e.value); !isNull(v) {
			text, _ := d.text(sub, v)
			service.FieldByName("StopCall").SetString(strings.TrimSpace(text))
		}
	}
}

// mostKeys bounds what is put together again.
const mostKeys = 16

// merged puts together the items of a list that has been split at every key (`- name: web` `- binary: app`).
func (d *decoder) merged(where string, n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	joined := 0
	var open *yaml.Node // an item of one key, or what became of several
	for _, child := range n.Content {
		target := resolve(child)
		if target.Kind != yaml.MappingNode || len(target.Content) != 2 {
			open = nil
			out.Content = append(out.Content, child)
			continue
		}
		if open != nil && len(open.Content) < 2*mostKeys && !hasKey(open, target.Content[0].Value) {
			open.Content = append(open.Content, target.Content...)
			joined++
			continue
		}
		part := *target
		part.Content = slices.Clone(target.Content)
		open = &part
		out.Content = append(out.Content, open)
	}
	if joined > 0 {
		d.warn(d.findings.file.Pos(where), where, "items of one key each", "Those that belong together count as one; keep the dash of the first only")
	}
	return &out
}

// joinedLines makes a block of lines of a list of them.
func (d *decoder) joinedLines(where string, n *yaml.Node) *yaml.Node {
	lines := texts(n)
	if len(lines) < len(n.Content) {
		return n
	}
	d.warn(d.findings.file.Pos(where), where, "found a list, text is expected", "Its items count as lines; write them as a block after `|`")
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Style: yaml.LiteralStyle, Value: strings.Join(lines, "\n") + "\n", Line: n.Line, Column: n.Column}
}

// texts returns the scalars of a list, or the one scalar.
func texts(n *yaml.Node) []string {
	n = resolve(n)
	if n.Kind == yaml.ScalarNode {
		return []string{n.Value}
	}
	var out []string
	for _, child := range n.Content {
		if child = resolve(child); child.Kind == yaml.ScalarNode && n.Kind == yaml.SequenceNode {
			out = append(out, child.Value)
		}
	}
	return out
}

// itemLike tells that a mapping looks like one item of the list at k.
func itemLike(k key, n *yaml.Node) bool {
	for _, name := range children(k.path + "[]") {
		if hasKey(n, name) {
			return true
		}
	}
	return false
}

func hasKey(n *yaml.Node, name string) bool {
	for i := 0; i < len(n.Content); i += 2 {
		if resolve(n.Content[i]).Value == name {
			return true
		}
	}
	return false
}
