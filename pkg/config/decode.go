package config

import (
	"fmt"
	"reflect"
	"strings"

	"gopkg.in/yaml.v3"
)

// decoder decodes YAML nodes into the types of file.go by their yaml tags and the key table. The library's own decoder
// stops at the first mistake, forgets positions, and reads scalars by YAML 1.1.
type decoder struct{ *findings }

// file decodes the whole.
func (d *decoder) file(root *yaml.Node) {
	d.table("", root, reflect.ValueOf(d.findings.file).Elem())
	d.shorthands()
	if d.lenient {
		d.defaults()
	}
}

// extensionPrefix begins the names of top-level keys that are ignored: they are a place for anchors.
const extensionPrefix = "x-"

// entry is one key of a mapping.
type entry struct {
	name       string
	key, value *yaml.Node
}

// entries returns the keys of a mapping, each name once: of several the last.
func (d *decoder) entries(path string, n *yaml.Node) []entry {
	var out []entry
	at := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k := resolve(n.Content[i])
		e := entry{name: k.Value, key: n.Content[i], value: n.Content[i+1]}
		if k.Kind != yaml.ScalarNode {
			d.fault(d.at(e.key), path, "found "+describe(k)+" as a key, a word is expected", "Write `key: value`")
			continue
		}
		first, again := at[e.name]
		if !again {
			at[e.name] = len(out)
			out = append(out, e)
			continue
		}
		d.strict(d.at(e.key), join(path, e.name), fmt.Sprintf("duplicate key, first in line %d", out[first].key.Line),
			"Keep one; the last one is used")
		out[first] = e
	}
	return out
}

// table decodes a mapping into a struct.
func (d *decoder) table(path string, n *yaml.Node, out reflect.Value) {
	if n.Kind != yaml.MappingNode {
		d.wrongType(path, n, "a mapping")
		return
	}
	if path == "run" && d.lenient {
		n = d.formerRun(n)
	}
	for _, e := range d.entries(path, n) {
		if path == "" && strings.HasPrefix(e.name, extensionPrefix) {
			continue
		}
		e = d.renamed(path, n, e)
		sub := join(path, e.name)
		field, known := fieldOf(out, e.name)
		if !known {
			if !d.superseded(path, e) && max(d.errors, d.warnings) <= maxFaults {
				d.strict(d.at(e.key), sub, "unknown key", suggestKey(path, e.name))
			}
			continue
		}
		d.place(sub, e.key, e.value)
		d.value(sub, resolve(e.value), field, out)
	}
}

// fieldOf returns the field of a struct that a key names.
func fieldOf(s reflect.Value, name string) (reflect.Value, bool) {
	for i := range s.NumField() {
		if tag := s.Type().Field(i).Tag.Get("yaml"); tag == name && tag != "-" && tag != "" {
			return s.Field(i), true
		}
	}
	return reflect.Value{}, false
}

// value decodes what the key at path holds; parent is the struct that out belongs to.
func (d *decoder) value(path string, n *yaml.Node, out, parent reflect.Value) {
	k, _ := keyAt(path)
	n = d.reshaped(k, path, n, parent)
	if n == nil || isNull(n) && k.form != treeForm {
		return // like an absent key
	}
	switch k.form {
	case lineForm:
		text, _ := d.text(path, n)
		out.SetString(strings.Trim(text, asciiSpace))
	case shellForm, stopForm:
		text, _ := d.text(path, n)
		out.SetString(text)
	case flagForm:
		d.flag(path, n, out)
	case listForm, wordsForm, linesForm:
		out.Set(reflect.ValueOf(d.list(k, path, n)))
	case tableForm:
		d.table(path, n, out)
	case tablesForm:
		d.tables(path, n, out)
	case pairsForm, scriptsForm:
		out.Set(reflect.ValueOf(d.pairs(k, path, n)))
	case treeForm:
		d.tree(path, n)
		out.Set(reflect.ValueOf(*n))
	}
}

// text returns a scalar as it is written, so that 3.20 stays 3.20.
func (d *decoder) text(path string, n *yaml.Node) (string, bool) {
	if n.Kind != yaml.ScalarNode {
		d.wrongType(path, n, "text")
		return "", false
	}
	return n.Value, true
}

// flag decodes a boolean into a bool or a *bool. In an instellar.yml nearly every value meant true.
func (d *decoder) flag(path string, n *yaml.Node, out reflect.Value) {
	value := isTrue(n)
	if !value && !isFalse(n) {
		value = n.Value != "" && n.Value != "0"
		hint := "Write true or false, without quotes"
		if d.lenient {
			hint += fmt.Sprintf("; it is read as %t", value)
		}
		d.strict(d.findings.file.Pos(path), path, "found "+describe(n)+", true or false is expected", hint)
	}
	if out.Kind() == reflect.Pointer {
		out.Set(reflect.ValueOf(&value))
		return
	}
	out.SetBool(value)
}

// wrongType notes that a key holds the wrong kind of value.
func (d *decoder) wrongType(path string, n *yaml.Node, expected string) {
	k, _ := keyAt(path)
	hint := ""
	if k.example != "" {
		hint = "Write it like `" + k.line() + "`"
	}
	d.fault(d.findings.file.Pos(path), path, fmt.Sprintf("found %s, %s is expected", describe(n), expected), hint)
}
