package config

import (
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Pos is a place in the YAML file. Line and Column count from 1; 0 means the file as a whole.
type Pos struct {
	File   string `json:"file"`
	Line   int    `json:"line,omitempty"`
	Column int    `json:"column,omitempty"`
}

// String returns the position as file:line:col, which editors and annotations read.
func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// mark is the position of a key path: of its key (or its dash, in a list) and of its value.
type mark struct {
	key, value Pos
	literal    bool // the value is block text, line by line (`|`)
}

// Pos returns the position of a key path such as "build.command" or "run.services[0].binary": of the
// value where that is text, of the key where it is a list or a mapping. For block text (`|`, `>`)
// it is the first line of the text, so that line n of it stands at Line+n-1 of the file. Where the path
// is absent it is the position of the nearest enclosing key.
func (f *File) Pos(key string) Pos {
	return f.nearest(key, func(m mark) Pos { return m.value })
}

// KeyPos is Pos, but always of the key itself.
func (f *File) KeyPos(key string) Pos {
	return f.nearest(key, func(m mark) Pos { return m.key })
}

func (f *File) nearest(key string, pick func(mark) Pos) Pos {
	for ; key != ""; key = enclosing(key) {
		if m, ok := f.marks[key]; ok {
			return pick(m)
		}
	}
	return Pos{File: f.Path}
}

// moveMarks updates the positions of the items of the list at path after some were removed.
func (f *File) moveMarks(path string, places map[string]string) {
	moved := map[string]mark{}
	for key, m := range f.marks {
		rest, inside := strings.CutPrefix(key, path+"[")
		if !inside {
			moved[key] = m
			continue
		}
		index, rest, _ := strings.Cut(rest, "]")
		if now, stays := places[path+"["+index+"]"]; stays {
			moved[now+rest] = m
		}
	}
	f.marks = moved
}

// enclosing removes the last step of a key path: "a.b[0]" becomes "a.b", "a.b" becomes "a", "a" becomes "".
func enclosing(key string) string {
	for i := len(key) - 1; i > 0; i-- {
		if key[i] == '.' || key[i] == '[' {
			return key[:i]
		}
	}
	return ""
}

// join appends a key to a key path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// item returns the key path of item i of the list at path.
func item(path string, i int) string { return path + "[" + strconv.Itoa(i) + "]" }

// generic removes the indices from a key path: "run.services[0].name" becomes "run.services[].name",
// the form in which the key table names it.
func generic(path string) string {
	out := make([]byte, 0, len(path))
	inside := false
	for i := range len(path) {
		switch c := path[i]; {
		case c == '[':
			inside = true
			out = append(out, '[', ']')
		case c == ']':
			inside = false
		case !inside:
			out = append(out, c)
		}
	}
	return string(out)
}

// place records the position of a key path.
func (d *decoder) place(path string, k, v *yaml.Node) {
	m := mark{key: d.at(k), value: d.at(v)}
	target := resolve(v)
	switch {
	case target.Kind != yaml.ScalarNode, isNull(target):
		m.value = m.key
	case target.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		m.value = d.firstLine(target)
		m.literal = target.Style&yaml.LiteralStyle != 0
	}
	d.findings.file.marks[path] = m
}

// firstLine returns where the text of a block scalar begins: the line after its `|`, at the indentation of its first text.
func (d *decoder) firstLine(n *yaml.Node) Pos {
	pos := Pos{File: d.findings.file.Path, Line: n.Line + 1, Column: 1}
	if n.Line >= len(d.lines) {
		return d.at(n) // a block without text, at the end of the file
	}
	for _, line := range d.lines[n.Line:] {
		if text := strings.TrimLeft(line, " "); text != "" {
			pos.Column = len(line) - len(text) + 1
			break
		}
	}
	return pos
}
