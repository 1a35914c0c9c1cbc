package config

import (
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// The forms of plain scalars in the core schema of YAML 1.2 (chapter 10.3.2 of its specification). The parser's own
// idea is that of YAML 1.1, with times, octal numbers that begin with 0, and 1_000.
var (
	nullForm    = regexp.MustCompile(`^(null|Null|NULL|~)?$`)
	boolForm    = regexp.MustCompile(`^(true|True|TRUE|false|False|FALSE)$`)
	decimalForm = regexp.MustCompile(`^[-+]?[0-9]+$`)
	octalForm   = regexp.MustCompile(`^0o[0-7]+$`)
	hexForm     = regexp.MustCompile(`^0x[0-9a-fA-F]+$`)
	floatForm   = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	oddForm     = regexp.MustCompile(`^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$`)
)

const (
	nullTag  = "!!null"
	boolTag  = "!!bool"
	intTag   = "!!int"
	floatTag = "!!float"
	strTag   = "!!str"
)

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// tagOf returns the type of a scalar in the core schema, or the tag that the file puts on it.
func tagOf(n *yaml.Node) string {
	if n.Style&yaml.TaggedStyle != 0 {
		return n.ShortTag()
	}
	if n.Style != 0 && n.Style != yaml.FlowStyle {
		return strTag
	}
	switch v := n.Value; {
	case nullForm.MatchString(v):
		return nullTag
	case boolForm.MatchString(v):
		return boolTag
	case decimalForm.MatchString(v), octalForm.MatchString(v), hexForm.MatchString(v):
		return intTag
	case floatForm.MatchString(v), oddForm.MatchString(v):
		return floatTag
	}
	return strTag
}

// isNull reports whether the scalar is empty.
func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && tagOf(n) == nullTag }

// isTrue and isFalse report whether a scalar is that boolean.
func isTrue(n *yaml.Node) bool  { return isBool(n) && strings.EqualFold(n.Value, "true") }
func isFalse(n *yaml.Node) bool { return isBool(n) && strings.EqualFold(n.Value, "false") }

func isBool(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && tagOf(n) == boolTag && boolForm.MatchString(n.Value)
}

// integer parses an integer of the core schema; it is nil for anything else.
func integer(text string) *big.Int {
	base := 10
	switch {
	case octalForm.MatchString(text):
		text, base = text[2:], 8
	case hexForm.MatchString(text):
		text, base = text[2:], 16
	case !decimalForm.MatchString(text):
		return nil
	}
	n, ok := new(big.Int).SetString(strings.TrimPrefix(text, "+"), base)
	if !ok {
		return nil
	}
	return n
}

// describe returns what a node is, for a message.
func describe(n *yaml.Node) string {
	switch n = resolve(n); {
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case n.Kind == yaml.MappingNode:
		return "a mapping"
	case isNull(n):
		return "nothing"
	}
	switch tagOf(n) {
	case boolTag:
		return "the boolean " + shorten(n.Value)
	case intTag, floatTag:
		return "the number " + shorten(n.Value)
	}
	return "the text " + quote(n.Value)
}

// quote returns text as messages show it.
func quote(s string) string { return strconv.Quote(shorten(s)) }

// shorten keeps messages to one line.
func shorten(s string) string {
	const most = 60
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}
