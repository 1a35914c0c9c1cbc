package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// TestSchema runs the schema over every fixture without faults and every example: none may break it.
func TestSchema(t *testing.T) {
	root := readSchema(t)
	examples, err := filepath.Glob("../../examples/*/pakman.yml")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range append(fixtures(t, "frameworks/*/*.yml"), examples...) {
		for _, problem := range conform(root, "", document(t, path)) {
			t.Errorf("%s: %s", path, problem)
		}
	}
}

// TestSchemaRefuses what Load refuses, as far as a schema can.
func TestSchemaRefuses(t *testing.T) {
	root := readSchema(t)
	for _, path := range []string{"testdata/bad/types.pakman.yml", "testdata/bad/values.pakman.yml", "testdata/bad/keys.pakman.yml"} {
		if problems := conform(root, "", document(t, path)); len(problems) < 10 {
			t.Errorf("%s: only %v", path, problems)
		}
	}
}

// TestKeyTable: the documentation's table names every key once.
func TestKeyTable(t *testing.T) {
	table := KeyTable()
	for _, k := range keys {
		if strings.Count(table, "\n| `"+k.path+"` |") != 1 {
			t.Errorf("%s is not in the table once", k.path)
		}
	}
	for _, want := range []string{"required", "`static`, `custom`", "or lines of text", "`post-deinstall`"} {
		if !strings.Contains(table, want) {
			t.Errorf("%q is not in the table", want)
		}
	}
}

func readSchema(t *testing.T) map[string]any {
	t.Helper()
	text, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	var root map[string]any
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	return root
}

// document reads a file as an editor's validator does.
func document(t *testing.T, path string) any {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var n yaml.Node
	if err := yaml.Unmarshal(data, &n); err != nil {
		t.Fatal(err)
	}
	value, err := plain(n.Content[0])
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// conform is a validator of the few keywords that the schema uses; another would pass over in silence.
func conform(s map[string]any, path string, v any) (problems []string) {
	for keyword, arg := range s {
		bad := false
		switch keyword {
		case "$schema", "title", "description", "properties", "patternProperties":
		case "type":
			bad = !slices.Contains(words(arg), typeOf(v))
		case "enum":
			text, isText := v.(string)
			bad = isText && !slices.Contains(words(arg), text)
		case "pattern":
			text, isText := v.(string)
			bad = isText && !regexp.MustCompile(as[string](arg)).MatchString(text)
		case "maxLength":
			text, isText := v.(string)
			bad = isText && len([]rune(text)) > int(as[float64](arg))
		case "required":
			m, isMap := v.(map[string]any)
			bad = isMap && slices.ContainsFunc(words(arg), func(k string) bool { _, ok := m[k]; return !ok })
		case "anyOf":
			bad = !slices.ContainsFunc(as[[]any](arg), func(s any) bool { return len(conform(as[map[string]any](s), path, v)) == 0 })
		case "items":
			if list, ok := v.([]any); ok {
				for i, child := range list {
					problems = append(problems, conform(as[map[string]any](arg), item(path, i), child)...)
				}
			}
		case "additionalProperties":
			problems = append(problems, conformKeys(s, path, v)...)
		default:
			problems = append(problems, "unknown keyword "+keyword)
		}
		if bad {
			problems = append(problems, fmt.Sprintf("%s: %v is against %s %v", path, v, keyword, arg))
		}
	}
	return problems
}

func conformKeys(s map[string]any, path string, v any) (problems []string) {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	properties, _ := s["properties"].(map[string]any)
	for k, child := range m {
		if known, ok := properties[k].(map[string]any); ok {
			problems = append(problems, conform(known, join(path, k), child)...)
		} else if rest, ok := s["additionalProperties"].(map[string]any); ok {
			problems = append(problems, conform(rest, join(path, k), child)...)
		} else {
			problems = append(problems, join(path, k)+": no such key")
		}
	}
	return problems
}

// as is v where it is a T, else nothing.
func as[T any](v any) T {
	t, _ := v.(T)
	return t
}

func words(v any) []string {
	list, ok := v.([]any)
	if !ok {
		return []string{as[string](v)}
	}
	var out []string
	for _, w := range list {
		out = append(out, as[string](w))
	}
	return out
}

func typeOf(v any) string {
	switch v.(type) {
	case nil:
		return "null"
	case bool:
		return "boolean"
	case json.Number:
		return "number"
	case string:
		return "string"
	case []any:
		return "array"
	}
	return "object"
}
