package detect

import (
	"path"
	"regexp"
	"strings"
)

var (
	staticRoot     = regexp.MustCompile(`(?m)^root:\s*["']?([\w./-]+)`)
	staticFallback = regexp.MustCompile(`(?m)^index_fallback:\s*true`)
	hugoOutput     = regexp.MustCompile(`(?m)^\s*publish[dD]ir\s*[=:]\s*["']?([\w./-]+)`)
)

// staticfile detects a directory whose Staticfile says where the pages are.
func staticfile(d *directory) *Application {
	text := d.text("Staticfile")
	if text == "" || d.has("package.json") {
		return nil
	}
	root := "."
	if match := staticRoot.FindStringSubmatch(text); match != nil {
		root = path.Clean(match[1])
	}
	if !d.has(path.Join(root, "index.html")) {
		d.unknown("Staticfile: there is no index.html in " + root)
		return nil
	}
	app := pages(root, "Staticfile")
	if staticFallback.MatchString(text) {
		app.values.Fallback = "index.html"
	}
	return app
}

// hugo detects a site that Hugo builds.
func hugo(d *directory) *Application {
	config := d.first("hugo.toml", "hugo.yaml", "hugo.json", "config/_default/hugo.toml", "config/_default/config.toml")
	if config == "" && d.has("content", "layouts", "themes") && d.has("archetypes", "themes") {
		config = d.first("config.toml", "config.yaml")
	}
	if config == "" {
		return nil
	}
	app := generated("Hugo, static", config, "public", []string{"hugo"}, "hugo --minify")
	if match := hugoOutput.FindStringSubmatch(d.text(config)); match != nil {
		app.values.Output = path.Clean(match[1])
	}
	if d.has("go.mod") {
		app.values.Build = append(app.values.Build, "git", "go")
	}
	return app
}

// jekyll detects a site that Jekyll builds.
func jekyll(d *directory) *Application {
	if !d.has("_config.yml", "_config.yaml") {
		return nil
	}
	if !strings.Contains(d.text("Gemfile"), "jekyll") && !strings.Contains(d.text("Gemfile"), "github-pages") {
		return nil
	}
	return generated("Jekyll, static", "_config.yml", "_site", []string{"build-base", "libffi-dev", "ruby-bundler", "ruby-dev"},
		"bundle config set --local path \"$TMPDIR\"/gems", "bundle install", "JEKYLL_ENV=production bundle exec jekyll build")
}

// generated returns the plan of a static site that a generator builds.
func generated(kind, why, output string, needs []string, commands ...string) *Application {
	return &Application{Kind: kind, Evidence: []string{why}, template: "generated",
		values: values{Output: output, Build: needs, Commands: commands}}
}
