package config

import (
	"reflect"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// list decodes a list of lines. Text in its place is the older form of a list.
func (d *decoder) list(k key, path string, n *yaml.Node) []string {
	if n.Kind == yaml.ScalarNode {
		return d.listOfText(k, path, n)
	}
	if n.Kind != yaml.SequenceNode {
		d.wrongType(path, n, "a list")
		return nil
	}
	out := make([]string, 0, len(n.Content))
	for _, child := range n.Content {
		sub := item(path, len(out))
		d.place(sub, child, child)
		target := resolve(child)
		if isNull(target) {
			d.emptyItem(sub, child)
			continue
		}
		text, ok := d.text(sub, target)
		if !ok {
			continue
		}
		if k.relation {
			text = d.normalised(sub, text)
		}
		several := splitWords(text)
		if k.form == listForm || len(several) < 2 || !d.lenient {
			out = append(out, strings.Trim(text, asciiSpace))
			continue
		}
		d.warn(d.at(child), sub, quote(text)+" holds several items", "Write one per list item, like "+newList(k, several))
		for _, word := range several {
			d.place(item(path, len(out)), child, child)
			out = append(out, word)
		}
	}
	if len(out) == 0 && k.nonEmpty {
		d.strict(d.findings.file.Pos(path), path, "the list is empty", "Add an item, or remove the key")
	}
	return out
}

// listOfText splits the text in place of a list: at spaces and commas where its items have none, else at line ends.
func (d *decoder) listOfText(k key, path string, n *yaml.Node) []string {
	var items []string
	if k.form != listForm {
		items = strings.FieldsFunc(n.Value, func(r rune) bool { return strings.ContainsRune(","+asciiSpace, r) })
	} else {
		for line := range strings.Lines(n.Value) {
			if line = strings.Trim(line, asciiSpace); line != "" {
				items = append(items, line)
			}
		}
	}
	for i := range items {
		d.findings.file.marks[item(path, i)] = d.findings.file.marks[path]
		if k.relation {
			items[i] = normalDependency(items[i])
		}
	}
	if k.form != linesForm {
		d.warn(d.findings.file.Pos(path), path, "found "+describe(n)+", a list is expected", "It is read as one; write "+newList(k, items))
	}
	return items
}

// normalised returns a dependency as apk writes it. Spaces and parentheses are no form of apk's at all, so they are
// mentioned.
func (d *decoder) normalised(path, text string) string {
	trimmed := strings.Trim(text, asciiSpace)
	normal := normalDependency(trimmed)
	if normal != trimmed && strings.ContainsAny(trimmed, " \t(") {
		d.warn(d.findings.file.Pos(path), path, quote(text)+" is not how apk writes it", "It is read as `"+normal+"`; write that")
	}
	return normal
}

// newList returns a list in the form that the user should write.
func newList(k key, items []string) string {
	quoted := make([]string, len(items))
	for i, s := range items {
		quoted[i] = s
		if strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./") != "" {
			quoted[i] = "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
	}
	return "`" + k.name() + ": [" + shorten(strings.Join(quoted, ", ")) + "]`"
}

// tables decodes a list of mappings into a slice of structs.
func (d *decoder) tables(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.SequenceNode {
		d.wrongType(path, n, "a list")
		return
	}
	for _, child := range n.Content {
		sub := item(path, out.Len())
		target := resolve(child)
		d.place(sub, child, child)
		switch {
		case isNull(target):
			d.emptyItem(sub, child)
			continue
		case target.Kind != yaml.MappingNode:
			k, _ := keyAt(path)
			d.fault(d.at(child), sub, "found "+describe(target)+", a mapping is expected", "Write it like `"+k.line()+"`")
			continue
		}
		element := reflect.New(out.Type().Elem()).Elem()
		d.table(sub, target, element)
		out.Set(reflect.Append(out, element))
	}
}

// pairs decodes a mapping of names that the user chooses to text.
func (d *decoder) pairs(k key, path string, n *yaml.Node) map[string]string {
	if n.Kind != yaml.MappingNode {
		d.wrongType(path, n, "a mapping")
		return nil
	}
	out := map[string]string{}
	for _, e := range d.entries(path, n) {
		sub := join(path, e.name)
		d.place(sub, e.key, e.value)
		target := resolve(e.value)
		if e.name == mergeKey {
			d.fault(d.at(e.key), sub, "found a merge key", mergeHint)
			continue
		}
		if k.allowed != nil && !slices.Contains(k.allowed, e.name) {
			d.strict(d.at(e.key), sub, "found "+quote(e.name)+", allowed are "+strings.Join(k.allowed, ", "),
				suggestValue(e.name, k.allowed))
			continue
		}
		if isNull(target) {
			if k.form == pairsForm {
				out[e.name] = "" // a variable that is set, to nothing
			}
			continue
		}
		if target.Kind == yaml.SequenceNode && k.form == scriptsForm {
			target = d.joinedLines(sub, target)
		}
		if target.Kind != yaml.ScalarNode {
			d.fault(d.findings.file.Pos(sub), sub, "found "+describe(target)+", text is expected",
				"Write `"+e.name+": text`, or a block of lines after `"+e.name+": |`")
			continue
		}
		out[e.name] = target.Value
	}
	return out
}

func (d *decoder) emptyItem(path string, n *yaml.Node) {
	d.strict(d.at(n), path, "the list item is empty", "Remove its dash, or write a value")
}
