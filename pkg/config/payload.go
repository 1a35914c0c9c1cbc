package config

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// Payload returns what is passed to the platform: kits, sizes, plans and page, as far as they are present, as types
// that encoding/json writes. Scalars keep their type of the YAML 1.2 core schema: 0777 is the number 777, yes is text.
func (f *File) Payload() (map[string]any, error) {
	payload := map[string]any{}
	for name, n := range map[string]*yaml.Node{"kits": &f.Kits, "sizes": &f.Sizes, "plans": &f.Plans, "page": &f.Page} {
		if n.IsZero() || isNull(n) {
			continue
		}
		value, err := plain(n)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		payload[name] = value
	}
	return payload, nil
}

// plain converts a node to types that encoding/json knows. The last of duplicate keys is used.
func plain(n *yaml.Node) (any, error) {
	switch n = resolve(n); n.Kind {
	case yaml.MappingNode:
		out := map[string]any{}
		for i := 0; i+1 < len(n.Content); i += 2 {
			value, err := plain(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			out[resolve(n.Content[i]).Value] = value
		}
		return out, nil
	case yaml.SequenceNode:
		out := make([]any, len(n.Content))
		for i, child := range n.Content {
			value, err := plain(child)
			if err != nil {
				return nil, err
			}
			out[i] = value
		}
		return out, nil
	}
	return plainScalar(n)
}

// plainScalar returns nil, bool, json.Number or string.
func plainScalar(n *yaml.Node) (any, error) {
	switch tag := tagOf(n); tag {
	case nullTag:
		return nil, nil
	case boolTag:
		if boolForm.MatchString(n.Value) {
			return isTrue(n), nil
		}
	case intTag:
		if i := integer(n.Value); i != nil {
			return json.Number(i.String()), nil
		}
	case floatTag:
		if x, err := strconv.ParseFloat(n.Value, 64); err == nil && floatForm.MatchString(n.Value) {
			return json.Number(jsonFloat(x)), nil
		}
		return nil, fmt.Errorf("line %d: the number %s does not exist in JSON", n.Line, shorten(n.Value))
	case strTag:
		return n.Value, nil
	default:
		return nil, fmt.Errorf("line %d: unknown tag %s", n.Line, shorten(tag))
	}
	return nil, fmt.Errorf("line %d: %s does not fit its tag %s", n.Line, quote(n.Value), n.ShortTag())
}

// jsonFloat writes x as JSON does, with a fraction that distinguishes it from an integer.
func jsonFloat(x float64) string {
	text := strconv.FormatFloat(x, 'g', -1, 64)
	if !strings.ContainsAny(text, ".e") {
		text += ".0"
	}
	return text
}

// tree checks that JSON can express what is below path, and records all positions.
func (d *decoder) tree(path string, n *yaml.Node) {
	switch n.Kind {
	case yaml.MappingNode:
		for _, e := range d.entries(path, n) {
			sub := join(path, e.name)
			d.place(sub, e.key, e.value)
			d.tree(sub, resolve(e.value))
		}
	case yaml.SequenceNode:
		for i, child := range n.Content {
			sub := item(path, i)
			d.place(sub, child, child)
			d.tree(sub, resolve(child))
		}
	case yaml.ScalarNode:
		if _, err := plainScalar(n); err != nil {
			_, reason, _ := strings.Cut(err.Error(), ": ")
			d.fault(d.findings.file.Pos(path), path, reason, "Put the value in quotes")
		}
	}
}
