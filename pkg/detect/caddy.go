package detect

import (
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	caddyComment = regexp.MustCompile(`(?m)(^|\s)#.*$`)
	caddyRoot    = regexp.MustCompile(`(?m)^\s*root[ \t]+(?:\*[ \t]+)?(\S+)`)
	caddySite    = regexp.MustCompile(`(?m)^[ \t]*(https?://)?[^\s{}]*:(\d+|\{\$PORT(?::\d+)?\})[^\n]*\{\s*$`)
)

// caddy lets Caddy serve a static site whose repository has a Caddyfile: nginx would not know its routes. It refuses where the
// Caddyfile does not fit an installed package; kind is what the user chose, beside which the file is only a hint.
func (d *directory) caddy(app *Application, kind string) *Application {
	text := caddyComment.ReplaceAllString(d.text("Caddyfile"), "")
	if strings.TrimSpace(text) == "" {
		return app
	}
	site := slices.Contains([]string{"static", "generated", "nodestatic"}, app.template)
	if !site || kind != "" {
		app.Hints = append(app.Hints, "there is a Caddyfile: what it says is not taken over")
		return app
	}
	if why := misfit(text, app.values.Output); why != "" {
		d.unknown("Caddyfile: " + why + "; --kind takes the site without it")
		return nil
	}
	v := app.values
	commands, needs := v.Commands, v.Build
	if app.template == "nodestatic" {
		commands, needs = []string{v.Install, v.Manager + " run build"}, appendNew([]string{"nodejs", v.Manager}, v.Build...)
	}
	destinations := []string{v.Output, "Caddyfile"}
	if v.Output == "*" {
		destinations = destinations[:1]
	}
	return planned(app.Kind+", served by Caddy", &plan{
		Noarch: true, Needs: needs, Runtime: []string{"caddy"}, Commands: commands, Destinations: destinations,
		Env: []pair{{"PORT", caddyPort(text)}}, Binary: "caddy", Path: "/usr/sbin/caddy",
		Call: "run --config Caddyfile --adapter caddyfile",
	}, append(app.Evidence, "Caddyfile")...)
}

// caddyPort returns the port of a Caddyfile that fits: the one that it names itself, or what PORT is set to.
func caddyPort(text string) string {
	if strings.Contains(text, "{$PORT") {
		return "8080"
	}
	return caddySite.FindStringSubmatch(text)[2]
}

// misfit returns why a Caddyfile does not serve the pages that are installed as the directory output; "" if it does.
func misfit(text, output string) string {
	if strings.Contains(text, "{{") {
		return "it is a template, which another program fills in"
	}
	installed := path.Base(output)
	if output == "*" {
		installed = "."
	}
	roots := caddyRoot.FindAllStringSubmatch(text, -1)
	for _, root := range roots {
		if path.Clean(strings.Trim(root[1], `"`)) != installed {
			return "it serves " + root[1] + ", and the pages are installed as " + installed + ", which `root` must name"
		}
	}
	sites := caddySite.FindAllStringSubmatch(text, -1)
	switch {
	case len(roots) == 0 && installed != ".":
		return "it has no `root * " + installed + "`, where the pages are installed"
	case len(sites) == 0:
		return "no site in it names a port, and a service may not listen below 1024: write `:{$PORT:8080} {`"
	}
	for _, site := range sites {
		if port, err := strconv.Atoi(site[2]); err == nil && port < 1024 {
			return "it listens on port " + site[2] + ", and a service may not listen below 1024: write `:{$PORT:" + site[2] + "} {`"
		}
	}
	return ""
}
