// Package detect finds out what kind of application a directory contains. It returns the evidence for it, and a pakman.yml with
// which the application can be packaged.
package detect

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// Application is what was found in a directory.
type Application struct {
	Kind     string   // for people: "Next.js"
	Evidence []string // why: "package.json depends on next"
	Hints    []string // what else was found that may need a decision of the user
	template string
	values   values
}

// values fill the templates in templates/init.
type values struct {
	Name     string // package and service name
	Runtime  []string
	Build    []string
	Install  string // the package manager's command that installs exactly the locked dependencies
	Manager  string // npm, pnpm, yarn
	Main     string // Go: the package with func main
	Binary   string
	Output   string // directory with the output of the build
	Fallback string // page of a static site for paths that do not exist
	User     string // of the services, where the name cannot be one
	HasBuild bool
	Static   bool     // Go: linked with C, statically
	Packages []string // Go: the packages with func main, where they are several
	Programs []string // Rust: all programs
	Program  string   // absolute path of what starts the application, or a path below its directory
	Call     string   // its arguments
	Health   string   // path of a page that answers on the port 3000, where that is known
	Prune    string   // the command that removes development dependencies
	Commands []string // of the build of a static site
	Plan     *plan    // of the kinds that program.tmpl serves
	BuildEnv []pair   // variables of the build
	Env      []pair   // variables of the services, besides those of the template
	Writable []string // what the services write to beside the code
}

// pair is a variable and its value.
type pair struct{ Name, Value string }

// ErrUnknown is the error of a directory that contains no application of a known kind.
var ErrUnknown = errors.New("no application of a known kind")

// Monorepo is the error of a directory that contains no application itself, but whose subdirectories do.
type Monorepo struct{ Directories []string }

func (e *Monorepo) Error() string {
	return "several applications: " + strings.Join(e.Directories, ", ")
}

// Choice is what the user said where there are several.
type Choice struct {
	Kind        string // one of Kinds
	Application string // directory of an application of a workspace
}

// admits reports whether an application of a kind may be what the user chose. Those of Node have workspaces.
func (c Choice) admits(kind string) bool {
	return (c.Kind == "" || c.Kind == kind) && (c.Application == "" || kind == "node")
}

// Detect detects the application at the root of fsys. name is the name of the package, of which the user may choose a part.
// The error is ErrUnknown, a *Monorepo, or a read error.
func Detect(fsys fs.FS, name string, choice Choice) (*Application, error) {
	d := &directory{fsys: fsys, chosen: choice}
	app := d.application()
	if d.err != nil {
		return nil, d.err
	}
	switch {
	case app == nil && choice.Application != "":
		return nil, fmt.Errorf("no workspace with the application %s: %w", choice.Application, ErrUnknown)
	case app == nil && choice.Kind != "":
		return nil, fmt.Errorf("no application of the kind %s: %w", choice.Kind, ErrUnknown)
	}
	if app != nil {
		app.values.Writable = d.writable(app)
		if app = d.caddy(app, choice.Kind); app == nil {
			return nil, d.err
		}
		app.values.Name, app.values.User = name, userOf(name)
		if app.values.Plan != nil {
			app.values.Plan = app.values.Plan.named(name)
		}
		app.Hints = append(app.Hints, d.hints()...)
		return app, d.err
	}
	parts, err := parts(fsys)
	switch {
	case err != nil:
		return nil, err
	case len(parts) > 0:
		return nil, &Monorepo{Directories: parts}
	}
	return nil, ErrUnknown
}

// userOf returns a user name for packages whose name is none: it is too long, or begins with a digit. Else it returns "".
func userOf(name string) string {
	const most = 32
	user := name
	if user != "" && (user[0] < 'a' || user[0] > 'z') {
		user = "app-" + user
	}
	if user = strings.TrimRight(user[:min(most, len(user))], "-"); user == name {
		return ""
	}
	return user
}

// kinds are tried in this order: frameworks before their language, languages before static files. Those of one language have
// one name.
var kinds = []struct {
	name string
	find func(*directory) *Application
}{
	{"elixir", phoenix}, {"ruby", rails}, {"php", laravel}, {"php", php}, {"jekyll", jekyll}, {"ruby", ruby}, {"python", python},
	{"deno", deno}, {"node", node}, {"go", golang}, {"rust", rust}, {"java", maven}, {"java", gradle}, {"dotnet", dotnet},
	{"gleam", gleam}, {"hugo", hugo}, {"zig", zig}, {"cmake", cmake}, {"meson", meson}, {"python", pythonProgram},
	{"static", staticfile}, {"shell", shell}, {"static", static},
}

// Kinds returns the names of all kinds.
func Kinds() []string {
	var names []string
	for _, k := range kinds {
		if !slices.Contains(names, k.name) {
			names = append(names, k.name)
		}
	}
	return names
}

// application returns the application of the first kind that is found. A kind that is found, but not how it is started, gives way
// to a later one; only where there is none, its error counts.
func (d *directory) application() *Application {
	var found *Application
	var chosen string
	var others []string
	for _, kind := range kinds {
		if !d.chosen.admits(kind.name) || kind.name == chosen || slices.Contains(others, kind.name) {
			continue
		}
		trial := &directory{fsys: d.fsys, chosen: d.chosen}
		app := kind.find(trial)
		switch {
		case trial.err != nil && !errors.Is(trial.err, ErrUnknown):
			d.fail(trial.err)
			return nil
		case trial.err != nil || app == nil:
			if found == nil && trial.err != nil {
				d.fail(trial.err)
			}
		case found == nil:
			found, chosen = app, kind.name
		case kind.name != "static" && kind.name != "shell":
			others = append(others, kind.name)
		}
	}
	if found == nil {
		return nil
	}
	d.err = nil
	if len(others) > 0 {
		found.Evidence = append(found.Evidence, "there may also be "+strings.Join(others, ", ")+
			": choose with --kind "+strings.Join(others, ", --kind "))
	}
	return found
}

// parts returns the directories with applications, at most two levels below the root.
func parts(fsys fs.FS) ([]string, error) {
	var found []string
	for _, pattern := range []string{"*", "*/*"} {
		dirs, err := fs.Glob(fsys, pattern)
		if err != nil {
			return nil, err
		}
		for _, dir := range dirs {
			hidden := strings.HasPrefix(dir, ".") || strings.Contains(dir, "/.") || strings.Contains(dir, "node_modules")
			under := slices.ContainsFunc(found, func(parent string) bool { return strings.HasPrefix(dir, parent+"/") })
			info, err := fs.Stat(fsys, dir)
			if hidden || under || err != nil || !info.IsDir() {
				continue
			}
			sub, err := fs.Sub(fsys, dir)
			if err != nil {
				return nil, err
			}
			if app := (&directory{fsys: sub}).application(); app != nil && app.template != "static" {
				found = append(found, dir)
			}
		}
	}
	return found, nil
}
