package detect

import (
	"path"
	"regexp"
	"strings"
)

// site is a framework whose build makes static files.
type site struct {
	dependency, kind, output string
	script                   string // what the build script must contain; empty: anything
	config                   []string
	changed                  *regexp.Regexp // the setting in config that names another output
}

var (
	outDir    = regexp.MustCompile(`\boutDir:\s*["']\.?/?([\w./-]+)["']`)
	outputDir = regexp.MustCompile(`\boutput:\s*["']\.?/?([\w./-]+)["']`)

	// sites are tried in this order. Vite is last: other frameworks are built with it.
	sites = []site{
		{dependency: "react-scripts", kind: "Create React App, static", output: "build"},
		{dependency: "@11ty/eleventy", kind: "Eleventy, static", output: "_site", changed: outputDir,
			config: []string{".eleventy.js", "eleventy.config.js", "eleventy.config.mjs", "eleventy.config.cjs"}},
		{dependency: "gatsby", kind: "Gatsby, static", output: "public"},
		{dependency: "expo", kind: "Expo for the web, static", output: "dist", script: "expo export"},
		{dependency: "@vue/cli-service", kind: "Vue CLI, static", output: "dist"},
		{dependency: "vite", kind: "Vite, static", output: "dist", changed: outDir,
			config: []string{"vite.config.ts", "vite.config.js", "vite.config.mjs", "vite.config.mts"}},
	}
)

// configOf returns the text of the first configuration file that exists.
func (n *nodeProject) configOf(names ...string) string {
	if found := n.first(names...); found != "" {
		return n.text(found)
	}
	return ""
}

func (n *nodeProject) names(base string) []string {
	var names []string
	for _, ext := range []string{".ts", ".js", ".mjs", ".cjs", ".mts"} {
		names = append(names, base+ext)
	}
	return names
}

// static makes the application a static site.
func (n *nodeProject) static(kind, output string) string {
	n.app.template, n.app.values.Output = "nodestatic", path.Clean(output)
	for _, router := range []string{
		"react-router", "react-router-dom", "@tanstack/react-router", "@tanstack/solid-router", "wouter", "vue-router", "@angular/router",
		"@solidjs/router", "preact-router", "preact-iso", "svelte-routing", "expo-router",
	} {
		if n.p.depends(router) {
			n.app.Evidence = append(n.app.Evidence, router+" decides in the browser which page a path is")
			n.app.values.Fallback = "index.html"
			break
		}
	}
	return kind
}

// framework returns the kind of an application whose framework decides what is started; "" if the start script decides.
func (n *nodeProject) framework() string {
	frameworks := []struct {
		dependency string
		kind       func() string
	}{
		{"next", n.next}, {"nuxt", n.nuxt}, {"@sveltejs/kit", n.svelteKit}, {"astro", n.astro}, {"@angular/core", n.angular},
		{"@react-router/dev", n.reactRouter}, {"@remix-run/dev", n.byScript("Remix")},
		{"@tanstack/react-start", n.byScript("TanStack Start")}, {"@tanstack/solid-start", n.byScript("TanStack Start")},
		{"@solidjs/start", n.byScript("SolidStart")},
	}
	for _, f := range frameworks {
		if n.p.depends(f.dependency) {
			n.app.Evidence = append(n.app.Evidence, "package.json depends on "+f.dependency)
			return f.kind()
		}
	}
	start := n.p.Scripts["start"]
	if start != "" && !devServer.MatchString(start) && !strings.Contains(start, "preview") {
		return "" // the start script runs a server, whatever the pages are made with
	}
	for _, s := range sites {
		if !n.p.depends(s.dependency) || !strings.Contains(n.p.Scripts["build"], s.script) {
			continue
		}
		n.app.Evidence = append(n.app.Evidence, "package.json depends on "+s.dependency)
		output := s.output
		if s.changed != nil {
			if match := s.changed.FindStringSubmatch(n.configOf(s.config...)); match != nil {
				output = match[1]
			}
		}
		return n.static(s.kind, output)
	}
	return ""
}

// byScript returns a framework whose server the start script runs.
func (n *nodeProject) byScript(kind string) func() string {
	return func() string {
		if n.entryByScript() {
			return kind
		}
		if config := n.configOf(n.names("vite.config")...); containsWord(config, "nitro") || containsWord(config, "nitroV2Plugin") {
			n.runs("node", "/usr/bin/node", ".output/server/index.mjs")
			return kind
		}
		if n.err == nil {
			n.unknown(kind + ", but package.json has no start script that runs its server: " +
				"add one, such as `node .output/server/index.mjs`")
		}
		return ""
	}
}

func (n *nodeProject) entryByScript() bool {
	start := strings.TrimSpace(n.p.Scripts["start"])
	return start != "" && n.script(start)
}

func (n *nodeProject) next() string {
	config := n.configOf(n.names("next.config")...)
	switch match := outputDir.FindStringSubmatch(config); {
	case match != nil && match[1] == "export":
		return n.static("Next.js, static", "out")
	case match != nil && match[1] == "standalone":
		n.app.template, n.app.values.Writable = "nextjs", []string{"standalone/.next/cache"}
		return "Next.js"
	}
	n.app.Evidence = append(n.app.Evidence,
		"set `output: \"standalone\"` in next.config.mjs, and run init again: the package then holds only what the server needs")
	n.runs("next", "node_modules/.bin/next", "start")
	n.app.values.Health = "/"
	n.app.values.Output, n.app.values.Writable = ".next", []string{".next/cache"}
	return "Next.js"
}

func (n *nodeProject) nuxt() string {
	if strings.Contains(n.p.Scripts["build"], "generate") {
		return n.static("Nuxt, static", ".output/public")
	}
	n.app.template = "nuxt"
	return "Nuxt"
}

func (n *nodeProject) svelteKit() string {
	config := n.configOf(n.names("svelte.config")...)
	switch {
	case strings.Contains(config, "adapter-static"), config == "" && n.p.depends("@sveltejs/adapter-static"):
		return n.static("SvelteKit, static", "build")
	case strings.Contains(config, "adapter-node"), config == "" && n.p.depends("@sveltejs/adapter-node"):
		n.runs("node", "/usr/bin/node", "build")
		n.app.values.Health = "/"
		return "SvelteKit"
	case strings.Contains(config, "adapter-auto"):
		n.app.values.BuildEnv = append(n.app.values.BuildEnv, pair{"GCP_BUILDPACKS", "1"})
		n.app.Evidence = append(n.app.Evidence, "with GCP_BUILDPACKS, adapter-auto installs and takes adapter-node; "+
			"naming @sveltejs/adapter-node in "+n.first(n.names("svelte.config")...)+" is better")
		n.runs("node", "/usr/bin/node", "build")
		return "SvelteKit"
	}
	n.unknown("SvelteKit, whose adapter makes neither a server nor static files: use @sveltejs/adapter-node or @sveltejs/adapter-static " +
		"in svelte.config.js")
	return ""
}

func (n *nodeProject) astro() string {
	config := n.configOf(n.names("astro.config")...)
	switch {
	case strings.Contains(config, "@astrojs/node"), n.p.depends("@astrojs/node"):
		if !n.entryByScript() && n.err == nil {
			n.runs("node", "/usr/bin/node", "dist/server/entry.mjs")
		}
		n.app.values.Env = append(n.app.values.Env, pair{"HOST", "0.0.0.0"}) // it listens for this machine alone otherwise
		return "Astro"
	case regexp.MustCompile(`\badapter:`).MatchString(config):
		n.unknown("Astro, with an adapter for another platform: use @astrojs/node in " + n.first(n.names("astro.config")...))
		return ""
	}
	output := "dist"
	if match := outDir.FindStringSubmatch(config); match != nil {
		output = match[1]
	}
	return n.static("Astro, static", output)
}

func (n *nodeProject) reactRouter() string {
	if regexp.MustCompile(`\bssr:\s*false`).MatchString(n.configOf(n.names("react-router.config")...)) {
		return n.static("React Router, static", "build/client")
	}
	return n.byScript("React Router")()
}

var angularOutput = regexp.MustCompile(`"outputPath":\s*"([\w@./-]+)"`)

// angular reads where ng writes; the builder "application" puts the pages into browser/ below it.
func (n *nodeProject) angular() string {
	text := n.text("angular.json")
	match := angularOutput.FindStringSubmatch(text)
	switch {
	case n.p.depends("@angular/ssr"):
		n.unknown("Angular with a server: package.json does not say how it is started")
		return ""
	case match == nil:
		n.unknown("Angular, but angular.json names no outputPath")
		return ""
	case strings.Contains(text, `:application"`):
		return n.static("Angular, static", match[1]+"/browser")
	}
	return n.static("Angular, static", match[1])
}
