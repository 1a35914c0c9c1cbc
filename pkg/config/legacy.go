package config

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// renamed returns a key under its present name where it has an older one.
func (d *decoder) renamed(parent string, n *yaml.Node, e entry) entry {
	k, former := formerKey(parent, e.name)
	if !former || hasKey(n, k.name()) {
		return e // the present one counts, see known
	}
	if v := resolve(e.value); v.Kind == yaml.ScalarNode && !isNull(v) {
		e.value = &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: e.value.Line, Column: e.value.Column,
			Content: []*yaml.Node{v}}
	}
	if v := resolve(e.value); v.Kind == yaml.SequenceNode {
		list := *v
		list.Content = nil
		for _, child := range v.Content {
			inside := *resolve(child)
			if inside.Kind == yaml.ScalarNode && !isNull(&inside) {
				inside.Value, inside.Tag = contents(inside.Value), strTag
			}
			list.Content = append(list.Content, &inside)
		}
		e.value = &list
	}
	d.warn(d.at(e.key), join(parent, e.name), "an older form",
		"It names directories and means what is in them; write "+newList(k, texts(e.value)))
	e.name = k.name()
	return e
}

// superseded reports whether a key is the older name of one that the mapping holds too.
func (d *decoder) superseded(parent string, e entry) bool {
	k, former := formerKey(parent, e.name)
	if former {
		d.warn(d.at(e.key), join(parent, e.name), "an older form of "+k.path+", which is present too", "Remove it; it is ignored")
	}
	return former
}

// reshaped returns a value in the present form of its key where it has an older one. It is nil when nothing is left
// to decode.
func (d *decoder) reshaped(k key, where string, n *yaml.Node, parent reflect.Value) *yaml.Node {
	switch {
	case k.scalar != "" && n.Kind == yaml.ScalarNode && !isNull(n):
		d.warn(d.findings.file.Pos(where), where, "found "+describe(n)+", a mapping is expected",
			"It is read as `"+k.scalar+"`; write `"+k.name()+": {"+k.scalar+": …}`")
		return d.wrapped(where, k.scalar, n)
	case k.form == stopForm && n.Kind == yaml.MappingNode:
		d.stopCall(where, n, parent)
		return nil
	case k.form == tablesForm && n.Kind == yaml.MappingNode && itemLike(k, n):
		d.warn(d.findings.file.Pos(where), where, "found a mapping, a list is expected",
			"It is read as a list of one item; begin its first line with a dash")
		return &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: n.Line, Column: n.Column, Content: []*yaml.Node{n}}
	case k.form == tablesForm && n.Kind == yaml.SequenceNode:
		return d.merged(where, n)
	case (k.form == shellForm || k.form == stopForm) && n.Kind == yaml.SequenceNode:
		return d.joinedLines(where, n)
	}
	return n
}

// wrapped returns the mapping {name: n}; the new key has the place of the old one.
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
			d.strict(d.at(e.key), sub, "unknown key", "Write `stop: {call: …}`, or shell as `stop: …`")
			continue
		}
		if v := resolve(e.value); !isNull(v) {
			text, _ := d.text(sub, v)
			service.FieldByName("StopCall").SetString(strings.Trim(text, asciiSpace))
		}
	}
}

// mostKeys bounds the number of keys that are joined into one item.
const mostKeys = 16

// merged joins the items of a list that has been split at every key (`- name: web` `- binary: app`).
func (d *decoder) merged(where string, n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	joined := 0
	var open *yaml.Node // an item of one key, or several such items joined
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
		d.warn(d.findings.file.Pos(where), where, "items of one key each",
			"Those that belong together are read as one item; keep only the dash of the first")
	}
	return &out
}

// joinedLines returns a list of lines as one block of text.
func (d *decoder) joinedLines(where string, n *yaml.Node) *yaml.Node {
	lines := texts(n)
	if len(lines) < len(n.Content) {
		return n
	}
	d.warn(d.findings.file.Pos(where), where, "found a list, text is expected",
		"Its items are read as lines; write them as a block after `|`")
	text := strings.Join(lines, "\n") + "\n"
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Style: yaml.LiteralStyle, Value: text, Line: n.Line, Column: n.Column}
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

// itemLike reports whether a mapping looks like one item of the list at k.
func itemLike(k key, n *yaml.Node) bool {
	for _, name := range children(k.path + "[]") {
		if hasKey(n, name) {
			return true
		}
	}
	return false
}

func hasKey(n *yaml.Node, name string) bool { return childOf(n, name) != nil }
