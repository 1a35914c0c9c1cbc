package detect

import (
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"
)

// maxFile limits how much of a file is read.
const maxFile = 1 << 20

// directory reads files for the kinds of applications. It keeps the first error other than "file does not exist" in err.
type directory struct {
	fsys   fs.FS
	err    error
	chosen Choice
}

// text returns the content of a file, "" if it does not exist or the name is none.
func (d *directory) text(name string) string {
	if !d.has(name) {
		return ""
	}
	f, err := d.fsys.Open(name)
	if err != nil {
		d.fail(err)
		return ""
	}
	defer func() { _ = f.Close() }() // only read
	content, err := io.ReadAll(io.LimitReader(f, maxFile))
	if err != nil {
		d.fail(err)
	}
	return string(content)
}

func (d *directory) fail(err error) {
	if d.err == nil {
		d.err = err
	}
}

// plainName matches names of files that stand in a shell command and in YAML as they are.
var plainName = regexp.MustCompile(`^[A-Za-z0-9_@.][A-Za-z0-9_@+./-]*$`)

// plain reports whether all names can stand in the file that is written as they are. It refuses to write it where one cannot.
func (d *directory) plain(names ...string) bool {
	for _, name := range names {
		if !plainName.MatchString(name) {
			d.unknown(fmt.Sprintf("%q has characters that mean something to a shell: rename it, or write pakman.yml and quote it", name))
			return false
		}
	}
	return true
}

// unknown says why an application of a known language cannot be packaged without the user's decision.
func (d *directory) unknown(why string) { d.fail(fmt.Errorf("%s: %w", why, ErrUnknown)) }

func (d *directory) has(names ...string) bool { return d.first(names...) != "" }

// first returns the first name that exists, "" if there is none.
func (d *directory) first(names ...string) string {
	for _, name := range names {
		if _, err := fs.Stat(d.fsys, name); err == nil {
			return name
		}
	}
	return ""
}

// packageJSON holds the fields of package.json that are used here.
type packageJSON struct {
	Name            string
	Main            string
	Module          string
	Workspaces      any
	PackageManager  string
	Scripts         map[string]string
	Engines         engines
	Dependencies    map[string]string
	DevDependencies map[string]string
}

// engines are the versions of programs that a package.json asks for. Very old ones have a list in its place, which says nothing.
type engines map[string]string

func (e *engines) UnmarshalJSON(text []byte) error {
	var table map[string]any
	if json.Unmarshal(text, &table) == nil {
		*e = engines{}
		for name, version := range table {
			(*e)[name], _ = version.(string)
		}
	}
	return nil
}

func (p *packageJSON) depends(name string) bool {
	_, runtime := p.Dependencies[name]
	_, development := p.DevDependencies[name]
	return runtime || development
}

// manifest returns the content of package.json, nil if there is no such file.
func (d *directory) manifest() *packageJSON {
	text := d.text("package.json")
	if text == "" {
		text = plainJSON(d.text("package.json5")) // pnpm's
	}
	if text == "" {
		return nil
	}
	var p packageJSON
	if err := json.Unmarshal([]byte(text), &p); err != nil {
		d.fail(fmt.Errorf("package.json: %w", err))
		return nil
	}
	p.Main, p.Module = strings.TrimPrefix(p.Main, "./"), strings.TrimPrefix(p.Module, "./")
	return &p
}

// containsWord reports whether text has word, not as a part of a longer one.
func containsWord(text, word string) bool {
	return regexp.MustCompile(`(^|\W)` + regexp.QuoteMeta(word) + `(\W|$)`).MatchString(text)
}
