package detect

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/pakman/build/pkg/config"
)

func files(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// Each kind is found, and the file written for it has no fault.
func TestKinds(t *testing.T) {
	for name, tc := range map[string]struct {
		fsys fstest.MapFS
		kind string
		want []string // in pakman.yml
	}{
		"go": {files("go.mod", "module x", "main.go", "package main\n\nfunc main() {}\n"), "Go", []string{"-o bin/shop .\n"}},
		"go cmd": {files("go.mod", "module x", "x.go", "package x", "cmd/serve/main.go", "package main\nfunc main() {\n}"), "Go",
			[]string{"bin/shop ./cmd/serve\n"}},
		"rust":       {files("Cargo.toml", "[package]\nname = \"till\"\n"), "Rust", []string{"target/release/till"}},
		"plain node": {files("package.json", `{"main":"app.js"}`), "Node", []string{"call: /var/lib/shop/app.js"}},
		"node": {files("package.json", `{"scripts":{"build":"tsc"},"dependencies":{"express":"4"}}`, "package-lock.json", "{}",
			"server.js", ""), "Node", []string{"npm ci\n", "npm run build\n", "npm prune", "server.js"}},
		"next": {files("package.json", `{"dependencies":{"next":"15","react":"19"}}`, "pnpm-lock.yaml", "", "next.config.js",
			"module.exports={}"), "Next.js", []string{"pnpm install --frozen-lockfile", "set `output"}},
		"nuxt": {files("package.json", `{"devDependencies":{"nuxt":"3"}}`, "yarn.lock", ""), "Nuxt",
			[]string{".output/server/index.mjs"}},
		"astro":  {files("package.json", `{"dependencies":{"astro":"5"}}`), "Astro, static", []string{"- dist"}},
		"vite":   {files("package.json", `{"devDependencies":{"vite":"6"}}`), "Vite, static", []string{"- dist"}},
		"elixir": {files("mix.exs", "def project, do: [app: :till, version: 1]"), "Elixir", []string{"rel/till/*"}},
		"phoenix": {files("mix.exs", "app: :till\n {:phoenix, \"~> 1.7\"}", "assets/package.json", "{}"), "Phoenix",
			[]string{"binary: till"}},
		"rails": {files("Gemfile", "gem 'rails'", "bin/rails", ""), "Rails", []string{"rails db:migrate"}},
		"laravel": {files("artisan", "", "composer.json", `{"require":{"laravel/framework":"^12"}}`, "package.json", "{}"), "Laravel",
			[]string{"npm run build"}},
		"django": {files("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'till.settings')", "requirements.txt", "Django==5"),
			"Django", []string{"gunicorn till.wsgi"}},
		"flask":  {files("wsgi.py", "", "requirements.txt", "Flask"), "Flask", []string{"gunicorn wsgi:app"}},
		"static": {files("index.html", ""), "static HTML", []string{"- '*'"}},
		"public": {files("public/index.html", "", "Dockerfile", "FROM x\nEXPOSE 80\n", ".env", "A=1"), "static HTML",
			[]string{"- 'public'", "Dockerfile: EXPOSE 80", ".env may hold secrets"}},
	} {
		t.Run(name, func(t *testing.T) {
			app, err := Detect(tc.fsys, "shop")
			if err != nil {
				t.Fatal(err)
			}
			if app.Kind != tc.kind || len(app.Evidence) == 0 {
				t.Errorf("found %s (%v), want %s", app.Kind, app.Evidence, tc.kind)
			}
			out, err := app.Config()
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range tc.want {
				if !strings.Contains(out, want) {
					t.Errorf("no %q in\n%s", want, out)
				}
			}
			if _, warnings, err := config.Parse("pakman.yml", []byte(out)); err != nil || len(warnings) > 0 {
				t.Errorf("%v %v\n%s", err, warnings, out)
			}
		})
	}
}

func TestNothingIsGuessed(t *testing.T) {
	if _, err := Detect(files("notes.txt", ""), "x"); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v", err)
	}
	_, err := Detect(files("apps/web/package.json", "{}", "apps/api/go.mod", "", "node_modules/x/package.json", "{}", "docs/index.html",
		""), "x")
	var several *Monorepo
	if !errors.As(err, &several) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff([]string{"apps/api", "apps/web"}, several.Directories); diff != "" {
		t.Error(diff)
	}
	if _, err := Detect(files("package.json", "{"), "x"); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("broken package.json: %v", err)
	}
}

// Names and evidence come from the user's files and reach YAML and a comment.
func TestTextIsEscaped(t *testing.T) {
	for name, want := range map[string]string{"shop": "shop", "1.5": `"1.5"`, "yes": `"yes"`, "a: b": `"a: b"`, "": `""`} {
		if got := scalar(name); got != want {
			t.Errorf("scalar(%q) = %s, want %s", name, got, want)
		}
		var back string
		if err := yaml.Unmarshal([]byte(scalar(name)), &back); err != nil || back != name {
			t.Errorf("%q is read back as %q, %v", name, back, err)
		}
	}
	app, err := Detect(files("index.html", "", "Dockerfile", "CMD a\rname: evil\n"), "shop")
	if err != nil {
		t.Fatal(err)
	}
	out, err := app.Config()
	if err != nil || strings.Contains(out, "\r") || strings.Contains(out, "\nname: evil") {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWorkflow(t *testing.T) {
	for _, directories := range [][]string{nil, {"apps/web", "apps/api: x"}} {
		text, err := Workflow(directories...)
		if err != nil {
			t.Fatal(err)
		}
		var workflow struct {
			Jobs struct {
				Package struct {
					Strategy struct {
						Matrix struct{ Directory []string }
					}
					Steps []struct{ With map[string]string }
				}
			}
		}
		if err := yaml.Unmarshal([]byte(text), &workflow); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		job := workflow.Jobs.Package
		if diff := cmp.Diff(directories, job.Strategy.Matrix.Directory); diff != "" {
			t.Error(diff)
		}
		if named := job.Steps[1].With["directory"] != ""; named != (directories != nil) {
			t.Errorf("%s", text)
		}
	}
}
