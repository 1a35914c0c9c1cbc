package detect

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// golang builds every package main: the one at the root, those in directories and in directories of these.
func golang(d *directory) *Application {
	root := d.first("go.mod", "go.work")
	if root == "" {
		return nil
	}
	var mains []string
	for _, pattern := range []string{".", "*", "*/*", "*/*/*"} {
		for _, dir := range d.glob(pattern) {
			if !aside.MatchString(dir) && hasMain(d, dir) {
				mains = append(mains, dir)
			}
		}
	}
	app := &Application{Kind: "Go", Evidence: []string{root}, template: "go"}
	switch {
	case len(mains) == 0:
		d.unknown(root + ": no directory has func main, so nothing can be started")
		return nil
	case !d.plain(mains...):
		return nil
	case mains[0] == ".":
		app.values.Main = "."
	case len(mains) == 1:
		app.values.Main = "./" + mains[0]
		app.Evidence = append(app.Evidence, mains[0]+" has func main")
	default:
		app.several("cmd/NAME has func main", goNames(mains))
		for _, dir := range mains {
			app.values.Packages = append(app.values.Packages, "./"+dir)
		}
	}
	if module := needsC.FindString(uncommentedGo.ReplaceAllString(d.text("go.mod"), "")); module != "" {
		app.values.Static = true
		app.Evidence = append(app.Evidence, module+" needs C: the program is linked with the C library, statically")
	}
	if len(app.values.Packages) == 0 {
		app.startedAs(d, path.Base(goModule(d)))
	}
	return app
}

var (
	// needsC are modules that compile without C, to a program that fails when it runs.
	needsC        = regexp.MustCompile(`\bgithub\.com/(mattn/go-sqlite3|mutecomm/go-sqlcipher)\b`)
	uncommentedGo = regexp.MustCompile(`//.*`)
	moduleLine    = regexp.MustCompile(`(?m)^module\s+"?([^\s"]+)`)
	majorSuffix   = regexp.MustCompile(`/v\d+$`)
)

// goModule returns the path of the module, without a major version at its end.
func goModule(d *directory) string {
	match := moduleLine.FindStringSubmatch(d.text("go.mod"))
	if match == nil {
		return ""
	}
	return majorSuffix.ReplaceAllString(match[1], "")
}

// startedAs takes over the arguments with which the Dockerfile starts the program.
func (a *Application) startedAs(d *directory, program string) {
	words := d.dockerCommand()
	if len(words) < 2 || path.Base(words[0]) != program {
		return
	}
	for _, word := range words[1:] {
		if !plainArgument.MatchString(word) {
			return
		}
	}
	a.values.Call = strings.Join(words[1:], " ")
	a.Evidence = append(a.Evidence, "the Dockerfile starts "+program+" "+a.values.Call)
}

var plainArgument = regexp.MustCompile(`^[\w./:=,-]+$`)

// goNames returns the names that go build gives the programs of directories.
func goNames(dirs []string) []string {
	var names []string
	for _, dir := range dirs {
		names = append(names, path.Base(dir))
	}
	return names
}

// several takes all programs into the package. The one that is called like a server becomes the service; the others are named.
func (a *Application) several(why string, names []string) {
	chosen := names[0]
	for _, likely := range []string{"web", "api", "app", "serve", "server"} {
		if slices.Contains(names, likely) {
			chosen = likely
		}
	}
	a.values.Binary = chosen
	a.Evidence = append(a.Evidence, fmt.Sprintf("%s: %s; the service starts %s, change run.services[0].binary for another",
		why, strings.Join(names, ", "), chosen))
}

// aside matches directories whose programs are not the application's.
var aside = regexp.MustCompile(`(^|/)([._][^/]+|testdata|vendor|node_modules|examples?|tests?|tools|scripts|hack)(/|$)`)

var goMain = regexp.MustCompile(`(?m)^func main\(\)`)

func hasMain(d *directory, dir string) bool {
	for _, file := range d.glob(path.Join(dir, "*.go")) {
		if !strings.HasSuffix(file, "_test.go") && goMain.MatchString(d.text(file)) {
			return true
		}
	}
	return false
}

var mixApp = regexp.MustCompile(`app:\s*:([a-z][a-z0-9_]*)`)

func phoenix(d *directory) *Application {
	text := d.text("mix.exs")
	match := mixApp.FindStringSubmatch(text)
	if match == nil {
		return nil
	}
	app := &Application{Kind: "Elixir", Evidence: []string{"mix.exs names the application " + match[1]}, template: "elixir",
		values: values{Binary: match[1]}}
	if strings.Contains(text, ":phoenix,") {
		app.Kind = "Phoenix"
		app.Evidence = append(app.Evidence, "mix.exs depends on phoenix")
	}
	return app
}

func rails(d *directory) *Application {
	if !strings.Contains(d.text("Gemfile"), "rails") || !d.has("config/application.rb", "bin/rails") {
		return nil
	}
	app := &Application{Kind: "Rails", Evidence: []string{"Gemfile contains rails", "bin/rails"}, template: "rails",
		values: values{Writable: railsWritable(d)}}
	app.rubyVersion(d)
	app.gems(d)
	return app
}

func laravel(d *directory) *Application {
	if !d.has("artisan") || !strings.Contains(d.text("composer.json"), "laravel/framework") {
		return nil
	}
	return &Application{Kind: "Laravel", Evidence: []string{"artisan", "composer.json requires laravel/framework"}, template: "laravel",
		values: values{HasBuild: d.has("package.json"), Writable: laravelWritable(d)}}
}

func static(d *directory) *Application {
	if found := d.first("index.html", "public/index.html", "dist/index.html"); found != "" {
		return pages(path.Dir(found), found)
	}
	return nil
}

// pages returns the plan of a static site whose files are there already.
func pages(dir, evidence string) *Application {
	if dir == "." {
		dir = "*"
	}
	return &Application{Kind: "static HTML", Evidence: []string{evidence}, template: "static", values: values{Output: dir}}
}
