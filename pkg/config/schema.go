package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// schema is a JSON schema, as far as the file needs one. Draft 7, since that is what editors know best.
type schema struct {
	Schema               string             `json:"$schema,omitempty"`
	Title                string             `json:"title,omitempty"`
	Description          string             `json:"description,omitempty"`
	Type                 any                `json:"type,omitempty"` // a string or several
	Enum                 []string           `json:"enum,omitempty"`
	Pattern              string             `json:"pattern,omitempty"`
	MaxLength            int                `json:"maxLength,omitempty"`
	Items                *schema            `json:"items,omitempty"`
	Properties           map[string]*schema `json:"properties,omitempty"`
	PatternProperties    map[string]*schema `json:"patternProperties,omitempty"`
	AdditionalProperties any                `json:"additionalProperties,omitempty"` // false, or a schema
	Required             []string           `json:"required,omitempty"`
	AnyOf                []*schema          `json:"anyOf,omitempty"`
}

// Schema returns the JSON schema of pakman.yml for editors. It describes the present form of every key; older forms,
// which Load accepts with a warning, are faults to it.
func Schema() ([]byte, error) {
	root := tableSchema("")
	root.Schema = "http://json-schema.org/draft-07/schema#"
	root.Title = "pakman.yml"
	root.PatternProperties = map[string]*schema{"^" + extensionPrefix: {Description: "Ignored: a place for anchors."}}
	root.Description = "How PAKman builds an application into an Alpine package."
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(root); err != nil {
		return nil, fmt.Errorf("write the JSON schema: %w", err)
	}
	return out.Bytes(), nil
}

// tableSchema returns the schema of the mapping at path; "" is the file, "files[]" an entry of files.
func tableSchema(path string) *schema {
	s := &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
	for _, name := range children(path) {
		k, _ := keyAt(join(path, name))
		s.Properties[name] = keySchema(k)
		if k.required {
			s.Required = append(s.Required, name)
		}
	}
	return s
}

// scalars are the types of a text that may look like a number or a boolean: it is read as it is written.
var scalars = []string{"string", "number", "boolean"}

func keySchema(k key) *schema {
	s := &schema{}
	switch k.form {
	case lineForm:
		s = lineSchema(k)
	case shellForm:
		s.Type = "string"
	case stopForm:
		call := &schema{Type: scalars, Description: "Arguments of the program that stop it."}
		table := &schema{Type: "object", Properties: map[string]*schema{"call": call}, AdditionalProperties: false}
		s = &schema{AnyOf: []*schema{{Type: "string"}, table}}
	case flagForm:
		s.Type = "boolean"
	case listForm, wordsForm:
		s = &schema{Type: "array", Items: lineSchema(k)}
	case linesForm:
		s = &schema{AnyOf: []*schema{{Type: "array", Items: lineSchema(k)}, {Type: "string"}}}
	case tableForm:
		s = tableSchema(k.path)
	case tablesForm:
		s = &schema{Type: "array", Items: tableSchema(k.path + "[]")}
	case pairsForm:
		s = &schema{Type: "object", AdditionalProperties: &schema{Type: slices.Concat(scalars, []string{"null"})}}
	case scriptsForm:
		s = &schema{Type: "object", Properties: map[string]*schema{}, AdditionalProperties: false}
		for _, name := range k.allowed {
			s.Properties[name] = &schema{Type: "string"}
		}
	case treeForm: // anything
	}
	s.Description = strings.ReplaceAll(k.meaning, "`", "")
	return s
}

// lineSchema returns the schema of one text.
func lineSchema(k key) *schema {
	s := &schema{Type: "string", Enum: k.allowed, MaxLength: k.maxLength}
	if k.numeric {
		s.Type = scalars
	}
	if k.pattern != nil {
		s.Pattern = k.pattern.String()
	}
	return s
}

// KeyTable returns a Markdown table of every key, for the documentation.
func KeyTable() string {
	var out strings.Builder
	out.WriteString("| key | value | meaning |\n|---|---|---|\n")
	for _, k := range keys {
		value := forms[k.form]
		if k.allowed != nil && k.form != scriptsForm {
			value += ": `" + strings.Join(k.allowed, "`, `") + "`"
		}
		if k.required {
			value += "; required"
		}
		meaning := k.meaning
		if k.form == scriptsForm {
			meaning += " Names: `" + strings.Join(k.allowed, "`, `") + "`."
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s For example `%s`. |\n", k.path, value, meaning, k.example)
	}
	return out.String()
}

// forms name the forms in the documentation.
var forms = map[form]string{
	lineForm:    "text",
	shellForm:   "shell",
	stopForm:    "shell, or `{call: …}`",
	flagForm:    "`true` or `false`",
	listForm:    "list of text",
	wordsForm:   "list of words",
	linesForm:   "list of words, or lines of text",
	tableForm:   "mapping",
	tablesForm:  "list of mappings",
	pairsForm:   "mapping of names to text",
	scriptsForm: "mapping of names to shell",
	treeForm:    "anything",
}
