package config

import (
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// contents returns a destination of the older key, which named a directory and meant what lies in it.
func contents(destination string) string {
	dir := strings.TrimRight(strings.Trim(destination, asciiSpace), "/")
	switch {
	case dir == "", strings.ContainsAny(dir, "*?["):
		return destination
	case dir == ".":
		return "*"
	}
	return dir + "/*"
}

// formerRun returns run with services and commands in place of their older forms: `process: {call: start}` was the service web, and
// `command: {call: eval, variations: {NAME: ARGUMENT}}` were commands. Both started the program that run.name names.
func (d *decoder) formerRun(n *yaml.Node) *yaml.Node {
	out := *n
	out.Content = nil
	program := valueOf(n, "name")
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], resolve(n.Content[i+1])
		var present string
		var items []*yaml.Node
		switch resolve(k).Value {
		case "process", "start":
			present, items = "services", formerService(program, v)
		case "command":
			present, items = "commands", formerCommands(program, v)
		default:
			out.Content = append(out.Content, k, n.Content[i+1])
			continue
		}
		d.formerItems(&out, n, k, present, items)
	}
	return &out
}

// formerItems appends the list that an older key means to run.
func (d *decoder) formerItems(run, old, k *yaml.Node, present string, items []*yaml.Node) {
	where := join("run", resolve(k).Value)
	key, _ := keyAt(join("run", present))
	switch {
	case hasKey(old, present) || hasKey(run, present):
		d.warn(d.at(k), where, "an older form of "+key.path+", which is present too", "Remove it; it is ignored")
	case len(items) == 0:
		d.fault(d.at(k), where, "an older form", "Write it like `"+key.line()+"`")
	default:
		d.warn(d.at(k), where, "an older form", "It is read as "+key.path+"; write `"+present+": "+flow(items)+"`")
		name := &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Value: present, Line: k.Line, Column: k.Column}
		list := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Line: k.Line, Column: k.Column, Content: items}
		run.Content = append(run.Content, name, list)
	}
}

// formerService returns the service web; nil where the value is of another form.
func formerService(program string, n *yaml.Node) []*yaml.Node {
	call := valueOf(n, "call")
	if program == "" || call == "" {
		return nil
	}
	return []*yaml.Node{mapping(n, "name", "web", "binary", program, "start", mapping(n, "call", call))}
}

// formerCommands returns a command for each variation; nil where the value is of another form.
func formerCommands(program string, n *yaml.Node) []*yaml.Node {
	call, variations := valueOf(n, "call"), childOf(n, "variations")
	if program == "" || variations == nil || variations.Kind != yaml.MappingNode {
		return nil
	}
	var items []*yaml.Node
	for i := 0; i+1 < len(variations.Content); i += 2 {
		name, argument := resolve(variations.Content[i]), resolve(variations.Content[i+1])
		if name.Kind != yaml.ScalarNode || argument.Kind != yaml.ScalarNode {
			return nil
		}
		items = append(items, mapping(name, "name", name.Value, "binary", program,
			"call", strings.TrimSpace(call+" "+ShellWord(argument.Value))))
	}
	return items
}

var plainWord = regexp.MustCompile(`\A[A-Za-z0-9_.,:/=@%+-]+\z`)

// ShellWord writes text as one word of a shell.
func ShellWord(text string) string {
	if plainWord.MatchString(text) {
		return text
	}
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// mapping returns a mapping at the place of another node; values are text or nodes.
func mapping(at *yaml.Node, pairs ...any) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map", Style: yaml.FlowStyle, Line: at.Line, Column: at.Column}
	for _, p := range pairs {
		switch p := p.(type) {
		case string:
			out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Tag: strTag, Value: p, Line: at.Line, Column: at.Column})
		case *yaml.Node:
			out.Content = append(out.Content, p)
		}
	}
	return out
}

// flow writes items as a list in one line.
func flow(items []*yaml.Node) string {
	text, err := yaml.Marshal(&yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq", Style: yaml.FlowStyle, Content: slices.Clone(items)})
	if err != nil {
		return "[…]" // no text that the file holds can be
	}
	return strings.Join(strings.Fields(string(text)), " ")
}

// childOf returns the value of a mapping's key; nil if there is none.
func childOf(n *yaml.Node, name string) *yaml.Node {
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if resolve(n.Content[i]).Value == name {
			return resolve(n.Content[i+1])
		}
	}
	return nil
}

// valueOf returns the text of a mapping's key; empty if there is none.
func valueOf(n *yaml.Node, name string) string {
	if v := childOf(n, name); v != nil && v.Kind == yaml.ScalarNode && !isNull(v) {
		return strings.Trim(v.Value, asciiSpace)
	}
	return ""
}
