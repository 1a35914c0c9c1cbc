package detect

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

func golang(d *directory) *Application {
	if !d.has("go.mod") {
		return nil
	}
	app := &Application{Kind: "Go", Evidence: []string{"go.mod"}, template: "go", values: values{Main: "."}}
	if !hasMain(d, ".") {
		commands, err := fs.Glob(d.fsys, "cmd/*")
		if err != nil {
			d.fail(err)
		}
		for _, dir := range commands {
			if hasMain(d, dir) {
				app.values.Main = "./" + dir
				app.Evidence = append(app.Evidence, dir+" has func main")
				break
			}
		}
	}
	return app
}

var goMain = regexp.MustCompile(`(?m)^func main\(\)`)

func hasMain(d *directory, dir string) bool {
	files, err := fs.Glob(d.fsys, path.Join(dir, "*.go"))
	if err != nil {
		d.fail(err)
	}
	for _, file := range files {
		if !strings.HasSuffix(file, "_test.go") && goMain.MatchString(d.text(file)) {
			return true
		}
	}
	return false
}

var crateName = regexp.MustCompile(`(?m)^\s*name\s*=\s*"([A-Za-z0-9_-]+)"`)

func rust(d *directory) *Application {
	match := crateName.FindStringSubmatch(d.text("Cargo.toml"))
	if match == nil {
		return nil
	}
	return &Application{Kind: "Rust", Evidence: []string{"Cargo.toml names the crate " + match[1]}, template: "rust",
		values: values{Binary: match[1]}}
}

// node distinguishes frameworks, which build a server or static files, from plain Node.
func node(d *directory) *Application {
	p := d.manifest()
	if p == nil {
		return nil
	}
	v := values{HasBuild: p.Scripts["build"] != ""}
	v.Manager, v.Install = manager(d)
	app := &Application{Evidence: []string{"package.json"}, values: v}
	switch {
	case p.depends("next"):
		app.Kind, app.template = "Next.js", "nextjs"
		if config := d.first("next.config.js", "next.config.mjs", "next.config.ts"); !strings.Contains(d.text(config), "standalone") {
			app.Evidence = append(app.Evidence,
				"set `output: \"standalone\"` in next.config: the package then holds only what the server needs")
		}
	case p.depends("nuxt"):
		app.Kind, app.template = "Nuxt", "nuxt"
	case p.depends("astro"):
		app.Kind, app.template, app.values.Output = "Astro, static", "nodestatic", "dist"
	case p.depends("vite"):
		app.Kind, app.template, app.values.Output = "Vite, static", "nodestatic", "dist"
	default:
		app.Kind, app.template = "Node", "node"
		app.values.Start = p.Main
		if app.values.Start == "" {
			app.values.Start = d.first("server.js", "index.js", "app.js", "src/server.js", "src/index.js", "main.js")
		}
		if app.values.Start == "" {
			app.values.Start = "server.js"
			app.Evidence = append(app.Evidence,
				"no \"main\" in package.json: set run.services[0].start.call to the file that starts the server")
		}
		if len(p.Dependencies) == 0 {
			app.values.Install = ""
		}
	}
	if app.Kind != "Node" {
		app.Evidence = append(app.Evidence, "package.json depends on "+
			strings.ToLower(strings.TrimSuffix(strings.Split(app.Kind, ",")[0], ".js")))
	}
	return app
}

// manager returns the package manager that the lock file belongs to.
func manager(d *directory) (name, install string) {
	switch {
	case d.has("pnpm-lock.yaml"):
		return "pnpm", "pnpm install --frozen-lockfile"
	case d.has("yarn.lock"):
		return "yarn", "yarn install --frozen-lockfile"
	case d.has("package-lock.json", "npm-shrinkwrap.json"):
		return "npm", "npm ci"
	}
	return "npm", "npm install"
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
	return &Application{Kind: "Rails", Evidence: []string{"Gemfile contains rails", "bin/rails"}, template: "rails"}
}

func laravel(d *directory) *Application {
	if !d.has("artisan") || !strings.Contains(d.text("composer.json"), "laravel/framework") {
		return nil
	}
	return &Application{Kind: "Laravel", Evidence: []string{"artisan", "composer.json requires laravel/framework"}, template: "laravel",
		values: values{HasBuild: d.has("package.json")}}
}

// python detects Django and Flask.
func python(d *directory) *Application {
	requirements := strings.ToLower(d.text("requirements.txt") + d.text("pyproject.toml") + d.text("Pipfile"))
	switch {
	case d.has("manage.py") && strings.Contains(requirements, "django"):
		return &Application{Kind: "Django", Evidence: []string{"manage.py", "the requirements contain django"}, template: "django",
			values: values{Binary: settingsModule(d)}}
	case strings.Contains(requirements, "flask"):
		return &Application{Kind: "Flask", Evidence: []string{"the requirements contain flask"}, template: "flask",
			values: values{Main: strings.TrimSuffix(d.firstOr("app.py", "wsgi.py", "main.py"), ".py")}}
	}
	return nil
}

func (d *directory) firstOr(names ...string) string {
	if found := d.first(names...); found != "" {
		return found
	}
	return names[0]
}

var djangoSettings = regexp.MustCompile(`DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([A-Za-z0-9_.]+)\.settings`)

// settingsModule returns the name of the Django project's package.
func settingsModule(d *directory) string {
	if match := djangoSettings.FindStringSubmatch(d.text("manage.py")); match != nil {
		return match[1]
	}
	return "config"
}

func static(d *directory) *Application {
	if found := d.first("index.html", "public/index.html", "dist/index.html"); found != "" {
		app := &Application{Kind: "static HTML", Evidence: []string{found}, template: "static", values: values{Output: path.Dir(found)}}
		if app.values.Output == "." {
			app.values.Output = "*"
		}
		return app
	}
	return nil
}
