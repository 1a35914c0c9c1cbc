package detect

import (
	"slices"
	"strings"
)

// plan fills templates/init/program.tmpl: how an application of most kinds is built and started.
type plan struct {
	Noarch       bool
	Needs        []string // Alpine packages of the build
	Runtime      []string
	Trace        bool
	BuildEnv     []pair
	Commands     []string // lines of shell
	NoStrip      bool
	Destinations []string
	Exclude      []string
	Env          []pair
	Writable     []string
	Service      string
	Binary       string
	Path         string
	Directory    string
	Call         string
	Extra        []string // commands of Django's manage.py
}

// planned makes an application from a plan. Its service is called web if it listens, else app.
func planned(kind string, p *plan, evidence ...string) *Application {
	if p.Service == "" {
		p.Service = "web"
	}
	return &Application{Kind: kind, Evidence: evidence, template: "program", values: values{Plan: p}}
}

// Listens returns the port of a service that is told to listen on PORT; "" where that is not known.
func (p *plan) Listens() string {
	for _, e := range p.Env {
		if e.Name == "PORT" && (strings.Contains(p.Call, "$PORT") || p.Binary == "caddy") {
			return e.Value
		}
	}
	return ""
}

// appendNew appends what a list does not hold.
func appendNew(list []string, names ...string) []string {
	for _, name := range names {
		if !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return list
}

// appName stands for the package's name in a plan, which is known when the file is written.
const appName = "{name}"

// named returns the plan with the name of the package in it.
func (p *plan) named(name string) *plan {
	fill := func(text string) string { return strings.ReplaceAll(text, appName, name) }
	filled := *p
	filled.Binary, filled.Path, filled.Directory, filled.Call = fill(p.Binary), fill(p.Path), fill(p.Directory), fill(p.Call)
	for _, list := range []*[]string{&filled.Commands, &filled.Destinations} {
		var lines []string
		for _, line := range *list {
			lines = append(lines, fill(line))
		}
		*list = lines
	}
	filled.Env = nil
	for _, e := range p.Env {
		filled.Env = append(filled.Env, pair{e.Name, fill(e.Value)})
	}
	return &filled
}
