package config

import (
	"regexp"
	"slices"
	"strings"
)

// form is the kind of value that a key holds.
type form int

const (
	lineForm    form = iota // one line of text
	shellForm               // shell, one line or many
	stopForm                // shell, or {call: arguments}
	flagForm                // true or false
	listForm                // list of lines
	wordsForm               // list of lines without spaces: package names, architectures
	linesForm               // wordsForm, or text with one item per line
	tableForm               // mapping with the keys of the table
	tablesForm              // list of such mappings
	pairsForm               // mapping of names that the user chooses to text
	scriptsForm             // mapping of hook names to shell
	treeForm                // anything that JSON can express
)

// key is everything that the package knows about one key.
type key struct {
	path     string // with [] for the items of a list
	form     form
	required bool     // within its list item
	allowed  []string // nil: any
	example  string   // its value, in one line
	meaning  string   // for the schema, the documentation and hints; Markdown

	rule      func(v *validator, path, text string) // checks each text of one line; nil: any is valid
	pattern   *regexp.Regexp                        // the part of the rule that an editor can check
	maxLength int                                   // likewise; 0: no limit
	relation  bool                                  // the items are package names with or without a version
	numeric   bool                                  // the text may look like a number or a boolean
	nonEmpty  bool                                  // an empty list is a mistake
	oneLine   bool                                  // the values of a mapping have one line each
	synonyms  map[string]string                     // what other tools call the allowed values

	scalar   string // older form: text in place of the mapping, which counts as this key within it
	formerly string // older name, beside which the value may be one text in place of a list
}

var (
	types         = []string{"static", "custom"}
	compressions  = []string{"fast", "balanced", "small"} // apk.Compressions
	supervisors   = []string{"s6", "supervise-daemon"}
	hooks         = []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall"}
	architectures = []string{"x86_64", "aarch64", "armhf", "armv7", "x86", "ppc64le", "s390x", "riscv64", "loongarch64", "noarch"}
)

// otherArchitectures are names that Docker, Go or Debian give to Alpine's architectures.
var otherArchitectures = map[string]string{
	"amd64": "x86_64", "x64": "x86_64", "x86-64": "x86_64",
	"arm64": "aarch64", "armv8": "aarch64", "arm": "armv7", "armv6": "armhf",
	"386": "x86", "i386": "x86", "i686": "x86", "all": "noarch", "any": "noarch", "loong64": "loongarch64",
}

// keys is the key table, in the order in which the documentation presents it.
var keys = slices.Concat(metadataKeys, buildKeys, runKeys, packageKeys)

// name returns the last step of the key's path.
func (k key) name() string { return k.path[strings.LastIndexByte(k.path, '.')+1:] }

// line shows the key as the file has it.
func (k key) line() string { return k.name() + ": " + k.example }

// keyAt returns what is known about a key path, which may have indices.
func keyAt(path string) (key, bool) {
	path = generic(path)
	for _, k := range keys {
		if k.path == path {
			return k, true
		}
	}
	return key{}, false
}

// formerKey returns the key that had this name within the mapping at path.
func formerKey(path, name string) (key, bool) {
	for _, k := range keys {
		if k.formerly == name && enclosing(k.path) == generic(path) {
			return k, true
		}
	}
	return key{}, false
}

// children returns the names of the keys within the mapping at path; "" is the file, "files[]" an entry of files.
func children(path string) []string {
	var names []string
	for _, k := range keys {
		if enclosing(k.path) == path {
			names = append(names, k.name())
		}
	}
	return names
}
