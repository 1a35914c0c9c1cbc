package detect

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	crateName  = regexp.MustCompile(`(?m)^\s*name\s*=\s*["']([A-Za-z0-9_-]+)["']`)
	cargoTable = regexp.MustCompile(`(?m)^\s*\[+([A-Za-z0-9_.-]+)\]+\s*(?:#.*)?$`)
)

// rust finds the programs of a crate, or of all crates of a workspace, which are built at its root.
func rust(d *directory) *Application {
	text := d.text("Cargo.toml")
	crate := strings.Join(cargoNames(text, "package"), "")
	workspace := strings.Contains(text, "[workspace]")
	if crate == "" && !workspace {
		return nil
	}
	programs := d.programs(".")
	if crate == "" {
		for _, pattern := range []string{"*/Cargo.toml", "*/*/Cargo.toml"} {
			for _, file := range d.glob(pattern) {
				programs = append(programs, d.programs(path.Dir(file))...)
			}
		}
	}
	slices.Sort(programs)
	programs = slices.Compact(programs)
	why := "Cargo.toml names the crate " + crate
	if crate == "" {
		why = "Cargo.toml is that of a workspace"
	}
	app := &Application{Kind: "Rust", Evidence: []string{why}, template: "rust", values: values{Programs: programs}}
	app.crates(text + d.text("Cargo.lock"))
	switch {
	case len(programs) == 0:
		d.unknown("Cargo.toml: the crate is a library, without [[bin]], src/main.rs or src/bin")
		return nil
	case !d.plain(programs...):
		return nil
	case slices.Contains(programs, crate):
		app.values.Binary = crate
	case len(programs) == 1:
		app.values.Binary = programs[0]
	default:
		app.several("there are several programs", programs)
	}
	return app
}

// programs returns those of the crate in a directory: what [[bin]] names, src/main.rs, and those in src/bin.
func (d *directory) programs(dir string) []string {
	text := d.text(path.Join(dir, "Cargo.toml"))
	programs := cargoNames(text, "bin")
	if d.has(path.Join(dir, "src/main.rs")) && !strings.Contains(text, "src/main.rs") {
		programs = append(programs, cargoNames(text, "package")...)
	}
	for _, file := range d.glob(path.Join(dir, "src/bin/*")) {
		if !strings.Contains(text, path.Join("src/bin", path.Base(file))) {
			programs = append(programs, strings.TrimSuffix(path.Base(file), ".rs"))
		}
	}
	return programs
}

func (d *directory) glob(pattern string) []string {
	found, err := fs.Glob(d.fsys, pattern)
	if err != nil {
		d.fail(err)
	}
	return found
}

// cargoNames returns the values of name in the tables of that name.
func cargoNames(text, table string) []string {
	var names []string
	heads := cargoTable.FindAllStringSubmatchIndex(text, -1)
	for i, head := range heads {
		end := len(text)
		if i+1 < len(heads) {
			end = heads[i+1][0]
		}
		if text[head[2]:head[3]] != table {
			continue
		}
		if match := crateName.FindStringSubmatch(text[head[1]:end]); match != nil {
			names = append(names, match[1])
		}
	}
	return names
}
