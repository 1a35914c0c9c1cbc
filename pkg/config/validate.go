package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// validator checks a decoded file: each value by its key's rule, then keys that depend on each other.
type validator struct{ *findings }

// check notes every fault that the file alone shows.
func (v *validator) check() {
	v.table("", reflect.ValueOf(v.file).Elem())
	v.together()
	v.files()
	v.run()
	v.payload()
}

// bad notes a fault of the value at path.
func (v *validator) bad(path, hint, format string, args ...any) {
	v.fault(v.file.Pos(path), path, fmt.Sprintf(format, args...), hint)
}

// doubtful is bad, but a warning in an instellar.yml.
func (v *validator) doubtful(path, hint, format string, args ...any) {
	v.strict(v.file.Pos(path), path, fmt.Sprintf(format, args...), hint)
}

// caution is bad, but a warning.
func (v *validator) caution(path, hint, format string, args ...any) {
	v.warn(v.file.Pos(path), path, fmt.Sprintf(format, args...), hint)
}

// table checks every field of a struct.
func (v *validator) table(path string, s reflect.Value) {
	for i := range s.NumField() {
		k, known := keyAt(join(path, s.Type().Field(i).Tag.Get("yaml")))
		if !known {
			continue
		}
		sub, field := join(path, k.name()), s.Field(i)
		switch {
		case k.required && field.IsZero() && !v.faulty(sub):
			v.fault(v.file.Pos(path), sub, "is required", "Write `"+k.line()+"`. "+k.meaning)
		case !field.IsZero():
			v.value(k, sub, field)
		}
	}
}

// faulty reports whether a fault of the key, or of an item of its list, is noted already and explains why it is empty.
func (v *validator) faulty(path string) bool {
	return v.errors > maxFaults || slices.ContainsFunc(v.faults, func(f Fault) bool {
		return !f.Warning && (f.Key == path || strings.HasPrefix(f.Key, path+"["))
	})
}

// value checks what one key holds.
func (v *validator) value(k key, path string, field reflect.Value) {
	switch k.form {
	case lineForm:
		v.line(k, path, field.String())
	case shellForm, stopForm:
		v.shell(path, field.String())
	case listForm, wordsForm, linesForm:
		for i := range field.Len() {
			v.line(k, item(path, i), field.Index(i).String())
		}
	case tableForm:
		v.table(path, field)
	case tablesForm:
		for i := range field.Len() {
			v.table(item(path, i), field.Index(i))
		}
	case pairsForm:
		v.variables(k, path, field)
	case scriptsForm:
		for _, name := range sortedKeys(field) {
			v.shell(join(path, name), field.MapIndex(reflect.ValueOf(name)).String())
		}
	case flagForm, treeForm: // any value is valid
	}
}

func sortedKeys(m reflect.Value) []string {
	var names []string
	for _, k := range m.MapKeys() {
		names = append(names, k.String())
	}
	slices.Sort(names)
	return names
}

// line checks a text of one line.
func (v *validator) line(k key, path, text string) {
	if !v.oneLine(path, text) {
		return
	}
	if k.allowed != nil && !slices.Contains(k.allowed, text) {
		hint := suggestValue(text, k.allowed)
		if name, ok := k.synonyms[text]; ok {
			hint = "Alpine calls it `" + name + "`"
		}
		v.bad(path, hint, "found %s, allowed are %s", quote(text), strings.Join(k.allowed, ", "))
		return
	}
	if k.rule != nil {
		k.rule(v, path, text)
	}
}

// oneLine refuses text that would break the lines of a generated file.
func (v *validator) oneLine(path, text string) bool {
	if strings.ContainsAny(text, "\n\r") {
		v.bad(path, "Write it on one line", "found several lines, one is allowed")
		return false
	}
	return v.characters(path, text, hidden)
}

// variables checks a mapping of environment variables.
func (v *validator) variables(k key, path string, field reflect.Value) {
	for _, name := range sortedKeys(field) {
		sub, text := join(path, name), field.MapIndex(reflect.ValueOf(name)).String()
		if !variableName.MatchString(name) {
			v.bad(sub, "Use letters, digits and _; do not begin with a digit", "%s is not a valid name of an environment variable",
				quote(name))
		}
		switch {
		case k.oneLine:
			if v.oneLine(sub, text) && name == "PORT" {
				v.port(sub, text)
			}
		default:
			v.characters(sub, text, deceptive)
		}
	}
}

// isPort reports whether text is the number of a TCP port.
func isPort(text string) bool {
	n := integer(text)
	return n != nil && n.IsInt64() && n.Int64() >= 1 && n.Int64() <= 65535
}

// port checks a port's number.
func (v *validator) port(path, text string) {
	if !isPort(text) {
		v.doubtful(path, "Write a number like 8080", "found %s, a port is a number from 1 to 65535", quote(text))
	}
}
