package detect

import (
	"errors"
	"os"
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

// expect detects the application in a directory of these files. The pakman.yml that is written for it holds what is wanted and has
// no fault; where kind is empty, it is refused with a message that holds the text.
func expect(t *testing.T, fsys fstest.MapFS, choice Choice, kind string, want []string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, fsys); err != nil {
		t.Fatal(err)
	}
	app, err := Detect(os.DirFS(dir), "shop", choice)
	if kind == "" {
		if !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), want[0]) {
			t.Errorf("%v, want a message with %q", err, want[0])
		}
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	if app.Kind != kind || len(app.Evidence) == 0 {
		t.Errorf("found %s (%v), want %s", app.Kind, app.Evidence, kind)
	}
	out, err := app.Config()
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range want {
		if !strings.Contains(out, text) {
			t.Errorf("no %q in\n%s", text, out)
		}
	}
	if strings.Contains(out, "\n\n\n") {
		t.Errorf("two empty lines in\n%s", out)
	}
	if _, warnings, err := config.Parse("pakman.yml", []byte(out)); err != nil || len(warnings) > 0 {
		t.Errorf("%v %v\n%s", err, warnings, out)
	}
}

// Each kind is found, and the file written for it has no fault.
func TestKinds(t *testing.T) {
	for name, tc := range map[string]struct {
		fsys fstest.MapFS
		kind string
		want []string // in pakman.yml
	}{
		"go": {files("go.mod", "module x", "main.go", "package main\n\nfunc main() {}\n"), "Go",
			[]string{"-o bin/shop .\n"}},
		"go cmd": {files("go.mod", "module x", "x.go", "package x", "cmd/serve/main.go", "package main\nfunc main() {\n}"), "Go",
			[]string{"bin/shop ./cmd/serve\n"}},
		"rust": {files("Cargo.toml", "[package]\nname = \"till\"\n", "src/main.rs", ""), "Rust", []string{"target/release/till"}},
		"plain node": {files("package.json", `{"main":"app.js"}`, "app.js", ""), "Node",
			[]string{"call: app.js"}},
		"node": {files("package.json", `{"scripts":{"build":"tsc"},"dependencies":{"express":"4"}}`, "package-lock.json", "{}",
			"server.js", ""), "Node", []string{"npm ci\n", "npm run build\n", "npm prune", "server.js"}},
		"next": {files("package.json",
			`{"scripts":{"build":"next build"},"dependencies":{"next":"15","react":"19"}}`, "pnpm-lock.yaml", "", "next.config.js",
			"module.exports={}"), "Next.js",
			[]string{"pnpm install --frozen-lockfile", "set `output", "node_modules/.bin/next", "- .next #"}},
		"nuxt": {files("package.json",
			`{"scripts":{"build":"nuxt build"},"devDependencies":{"nuxt":"3"}}`, "yarn.lock", ""), "Nuxt",
			[]string{".output/server/index.mjs"}},
		"astro": {files("package.json",
			`{"scripts":{"build":"astro build"},"dependencies":{"astro":"5"}}`), "Astro, static", []string{"- dist"}},
		"vite": {files("package.json",
			`{"scripts":{"build":"vite build"},"devDependencies":{"vite":"6"}}`), "Vite, static", []string{"- dist"}},
		"vite with a router": {files("package.json",
			`{"scripts":{"build":"vite build"},"devDependencies":{"vite":"6","vue-router":"4"}}`), "Vite, static", []string{"fallback: index.html"}},
		"elixir": {files("mix.exs", "def project, do: [app: :till, version: 1]"), "Elixir", []string{"rel/till/*"}},
		"phoenix": {files("mix.exs", "app: :till\n {:phoenix, \"~> 1.7\"}", "assets/package.json", "{}"), "Phoenix",
			[]string{"binary: till"}},
		"rails": {files("Gemfile", "gem 'rails'", "bin/rails", ""), "Rails", []string{"rails db:migrate"}},
		"laravel": {files("artisan", "", "composer.json", `{"require":{"laravel/framework":"^12"}}`, "package.json", "{}"), "Laravel",
			[]string{"npm run build"}},
		"django": {files("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'till.settings')", "requirements.txt", "Django==5",
			"till/wsgi.py", ""),
			"Django", []string{"gunicorn till.wsgi"}},
		"flask":  {files("wsgi.py", "app = Flask(__name__)\n", "requirements.txt", "Flask"), "Flask", []string{"gunicorn wsgi:app"}},
		"static": {files("index.html", ""), "static HTML", []string{"- '*'", "- /pakman.yml"}},
		"public": {files("public/index.html", "", "Dockerfile", "FROM x\nEXPOSE 80\n", ".env", "A=1"), "static HTML",
			[]string{"- 'public'", "Dockerfile: EXPOSE 80", ".env may hold secrets"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, tc.fsys, Choice{}, tc.kind, tc.want)
		})
	}
}

func TestNothingIsGuessed(t *testing.T) {
	if _, err := Detect(files("notes.txt", ""), "x", Choice{}); !errors.Is(err, ErrUnknown) {
		t.Errorf("%v", err)
	}
	_, err := Detect(files("apps/web/package.json", "{}", "apps/web/index.js", "", "apps/api/go.mod", "",
		"apps/api/main.go", "package main\nfunc main() {}\n", "node_modules/x/package.json", "{}", "docs/index.html",
		""), "x", Choice{})
	var several *Monorepo
	if !errors.As(err, &several) {
		t.Fatalf("%v", err)
	}
	if diff := cmp.Diff([]string{"apps/api", "apps/web"}, several.Directories); diff != "" {
		t.Error(diff)
	}
	if _, err := Detect(files("package.json", "{"), "x", Choice{}); err == nil || errors.Is(err, ErrUnknown) {
		t.Errorf("broken package.json: %v", err)
	}
}

// What starts is what the project's own files say; where they do not say it, nothing is written.
func TestStart(t *testing.T) {
	for name, tc := range map[string]struct {
		fsys fstest.MapFS
		kind string   // empty: refused
		want []string // in pakman.yml, or in the message
	}{
		"start before main": {files("package.json", `{"main":"index.js","scripts":{"build":"tsc","start":"node dist/index.js"}}`),
			"Node", []string{"call: dist/index.js", "npm install\n", "npm run build"}},
		"start that is not there": {files("package.json", `{"scripts":{"start":"node lost.js"}}`), "", []string{"lost.js"}},
		"no start":                {files("package.json", `{"name":"x"}`), "", []string{"neither a start script"}},
		"other start": {files("package.json", `{"scripts":{"start":"NODE_ENV=production node a.js && true"}}`), "Node",
			[]string{"binary: npm", "run start", "    - npm\n"}},
		"compiled modules": {files("package.json", `{"main":"a.js","dependencies":{"bcrypt":"5","canvas":"2"}}`, "a.js", ""), "Node",
			[]string{"- build-base", "- python3", "- cairo-dev", "- libstdc++", "- cairo\n"}},
		"vite with bun": {files("package.json", `{"scripts":{"build":"vite build"},"devDependencies":{"vite":"6"}}`, "bun.lock", ""),
			"Vite, static", []string{"npx --yes bun install", "npm run build"}},
		"main below the directory": {files("package.json", `{"main":"./lib/a.js"}`, "lib/a.js", ""), "Node", []string{"call: lib/a.js"}},
		"main in TypeScript":       {files("package.json", `{"main":"a.ts"}`, "a.ts", ""), "", []string{"start script"}},
		"ruby": {files("Gemfile", "gem 'sinatra'", "Gemfile.lock", "", "Procfile", "web: bundle exec ruby app.rb\n"), "Ruby",
			[]string{"call: \"exec ruby app.rb\"", "bundle install"}},
		"rack":                {files("Gemfile", "", "Gemfile.lock", "    puma (6.0)\n", "config.ru", ""), "Ruby", []string{"exec puma"}},
		"ruby, unknown start": {files("Gemfile", "", "Gemfile.lock", "", "lib/x.rb", ""), "", []string{"Procfile"}},
		"ruby, one version": {files("Gemfile", "ruby '3.1.2'\n", "Gemfile.lock", "", "app.rb", ""), "Ruby",
			[]string{"sed -i '/^ruby[ (]/d' Gemfile", "exec ruby app.rb"}},
		"ruby, variables": {files("Gemfile", "", "Gemfile.lock", "", "Procfile", "web: RACK_ENV=staging bundle exec puma\n"), "Ruby",
			[]string{"RACK_ENV: staging\n", "call: \"exec puma\"", "PORT: \"3000\""}},
		"ruby, shell": {files("Gemfile", "", "Gemfile.lock", "", "Procfile", "web: A=1 puma && x"), "", []string{"more than"}},
		"script":      {files("start.sh", "#!/bin/sh\n"), "shell script", []string{"path: /bin/sh", "call: start.sh"}},
		"bash script": {files("start.sh", "#!/usr/bin/env bash\n"), "shell script", []string{"path: /bin/bash", "- bash\n"}},
		"bun": {files("package.json", `{"scripts":{"start":"bun index.ts"}}`, "bun.lock", "", "index.ts", ""), "Bun",
			[]string{"--compile --target=bun-linux-$cpu-musl ./index.ts --outfile bin/shop\n", "strip_binary: false", "binary: shop"}},
		"server beside vite": {files("package.json",
			`{"scripts":{"build":"vite build","start":"node server/main.js"},"devDependencies":{"vite":"6"}}`), "Node",
			[]string{"call: server/main.js"}},
		"astro server": {files("package.json", `{"scripts":{"build":"astro build"},"dependencies":{"astro":"5"}}`,
			"astro.config.mjs", `import node from "@astrojs/node"; export default {adapter: node()}`), "Astro",
			[]string{"call: dist/server/entry.mjs"}},
		"sveltekit": {files("package.json",
			`{"scripts":{"build":"vite build"},"devDependencies":{"@sveltejs/kit":"2","vite":"6"}}`,
			"svelte.config.js", "import a from '@sveltejs/adapter-node'"), "SvelteKit", []string{"call: build"}},
		"sveltekit elsewhere": {files("package.json", `{"scripts":{"build":"vite build"},"devDependencies":{"@sveltejs/kit":"2"}}`,
			"svelte.config.js", "import a from '@sveltejs/adapter-vercel'"), "", []string{"adapter-node"}},
		"react router": {files("package.json",
			`{"scripts":{"build":"react-router build","start":"react-router-serve ./build/server/index.js"},
			"devDependencies":{"@react-router/dev":"7"}}`), "React Router", []string{"run start"}},
		"react router, static": {files("package.json",
			`{"scripts":{"build":"react-router build"},"devDependencies":{"@react-router/dev":"7"}}`,
			"react-router.config.ts", "export default { ssr: false }"), "React Router, static", []string{"build/client"}},
		"next export": {files("package.json", `{"scripts":{"build":"next build"},"dependencies":{"next":"15"}}`, "next.config.ts",
			"export default {output: 'export'}"), "Next.js, static", []string{"- out"}},
		"tanstack": {files("package.json", `{"scripts":{"build":"vite build","start":"node .output/server/index.mjs"},
			"dependencies":{"@tanstack/react-start":"1","vite":"6"}}`), "TanStack Start",
			[]string{"- .output #", "binary: node\n", ".output/server/index.mjs"}},
		"eleventy": {files("package.json", `{"scripts":{"build":"eleventy"},"devDependencies":{"@11ty/eleventy":"3"}}`),
			"Eleventy, static", []string{"- _site"}},
		"eleventy serves while one writes": {files("package.json",
			`{"scripts":{"build":"eleventy","start":"eleventy --serve"},"devDependencies":{"@11ty/eleventy":"3"}}`),
			"Eleventy, static", []string{"- _site"}},
		"astro adapter without its name": {files("package.json", `{"scripts":{"build":"astro build","start":"node dist/server/entry.mjs"},
			"dependencies":{"astro":"5","@astrojs/node":"9"}}`), "Astro", []string{"call: dist/server/entry.mjs"}},
		"sveltekit adapter": {files("package.json",
			`{"scripts":{"build":"vite build"},"devDependencies":{"@sveltejs/kit":"2","@sveltejs/adapter-node":"5"}}`),
			"SvelteKit", []string{"call: build"}},
		"workspace": {files("package.json", `{"workspaces":["apps/*"]}`, "apps/web/package.json", "{}"), "", []string{"workspace"}},
		"npm's lock file out of step": {files("package.json", `{"scripts":{"start":"node a.js"},"dependencies":{"x":"2"}}`, "a.js", "",
			"package-lock.json", `{"packages":{"":{"dependencies":{"x":"1"}}}}`), "Node", []string{"    npm install\n", "npm ci"}},
		"npm's lock file in step": {files("package.json", `{"scripts":{"start":"node a.js"},"dependencies":{"x":"2"}}`, "a.js", "",
			"package-lock.json", `{"packages":{"":{"dependencies":{"x":"2"}}}}`), "Node", []string{"    npm ci\n"}},
		"yarn 2 without its version": {files("package.json", `{"scripts":{"start":"node a.js"},"dependencies":{"x":"2"}}`, "a.js", "",
			"yarn.lock", "__metadata:\n  version: 4\n"), "Node", []string{"@yarnpkg/cli-dist@2 yarn install --immutable"}},
		"yarn 3 in the repository": {files("package.json", `{"scripts":{"start":"node a.js"},"dependencies":{"x":"2"}}`, "a.js", "",
			"yarn.lock", "__metadata:\n  version: 6\n", ".yarnrc.yml", "yarnPath: .yarn/y.cjs\n", ".yarn/y.cjs", ""), "Node",
			[]string{"node .yarn/y.cjs install --immutable"}},
		"puppeteer": {files("package.json", `{"main":"a.js","dependencies":{"puppeteer":"24"}}`, "a.js", ""), "Node",
			[]string{"- chromium\n", "PUPPETEER_EXECUTABLE_PATH: /usr/bin/chromium-browser", "PUPPETEER_SKIP_DOWNLOAD: \"1\""}},
		"playwright": {files("package.json", `{"main":"a.js","dependencies":{"playwright":"1"}}`, "a.js", ""), "",
			[]string{"executablePath"}},
		"playwright with Alpine's browser": {files("package.json", `{"main":"a.js","dependencies":{"playwright":"1"}}`, "a.js",
			"launch({executablePath})"), "Node", []string{"- chromium\n", "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD"}},
		"rust with openssl": {files("Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\nopenssl = \"1\"\n", "src/main.rs", "",
			"Cargo.lock", "name = \"cc\"\n"), "Rust", []string{"- openssl-libs-static", "- build-base", "OPENSSL_STATIC: \"1\""}},
		"go elsewhere": {files("go.mod", "module x", "server/main.go", "package main\n\nfunc main() {}\n"), "Go",
			[]string{"bin/shop ./server\n"}},
		"go commands": {files("go.mod", "module x", "cmd/api/main.go", "package main\nfunc main() {\n}", "cmd/work/main.go",
			"package main\nfunc main() {\n}"), "Go", []string{"-o bin/ ./cmd/api ./cmd/work\n", "binary: api"}},
		"go with SQLite": {files("go.mod", "module x\nrequire github.com/mattn/go-sqlite3 v1\n", "main.go", "package main\nfunc main() {\n}"),
			"Go", []string{"- build-base", `CGO_ENABLED: "1"`, "-extldflags -static"}},
		"go without SQLite": {files("go.mod", "module x\n// not github.com/mattn/go-sqlite3 v1\n", "main.go",
			"package main\nfunc main() {\n}"), "Go", []string{`CGO_ENABLED: "0"`}},
		"go with the Dockerfile's arguments": {files("go.mod", "module example.org/till/v2\n", "main.go", "package main\nfunc main() {\n}",
			"Dockerfile", "FROM x\nENTRYPOINT [\"/app/till\"]\nCMD [\"serve\", \"--port=80\"]\n"), "Go", []string{"call: \"serve --port=80\"\n"}},
		"go with another program in the Dockerfile": {files("go.mod", "module till\n", "main.go", "package main\nfunc main() {\n}",
			"Dockerfile", "FROM x\nCMD [\"./other\", \"serve\"]\n"), "Go", []string{"binary: shop # in /var/lib/shop/bin\n"}},
		"a development server of Nx": {files("package.json", `{"scripts":{"start":"nx serve"}}`), "", []string{"start script that production"}},
		"go library":                 {files("go.mod", "module x", "x.go", "package x"), "", []string{"func main"}},
		"rust bin": {files("Cargo.toml", "[package]\nname = \"shop-rs\"\n[[bin]]\nname = \"till\"\npath = \"src/main.rs\"\n",
			"src/main.rs", ""), "Rust", []string{"target/release/till", "binary: till"}},
		"rust workspace": {files("Cargo.toml", "[workspace]\nmembers = ['*']\n", "lib/Cargo.toml", "[package]\nname = 'common'\n",
			"lib/src/lib.rs", "", "web/Cargo.toml", "[package]\nname = 'web'\n", "web/src/main.rs", "", "job/Cargo.toml",
			"[package]\nname = 'job'\n", "job/src/main.rs", ""), "Rust",
			[]string{"target/release/job bin", "target/release/web bin", "binary: web"}},
		"go workspace": {files("go.work", "use ./api", "api/go.mod", "module api", "api/main.go", "package main\nfunc main() {\n}"), "Go",
			[]string{"bin/shop ./api\n"}},
		"next without a build": {files("package.json", `{"dependencies":{"next":"15"}}`), "", []string{"build script"}},
		"rust library":         {files("Cargo.toml", "[package]\nname = \"x\"\n", "src/lib.rs", ""), "", []string{"library"}},
		"fastapi": {files("main.py", "api = FastAPI()\n", "pyproject.toml", "dependencies = ['fastapi']", "uv.lock", ""), "FastAPI",
			[]string{"uv export", "-m uvicorn main:api --host"}},
		"a name that begins like a framework's": {files("requirements.txt", "fastapi-ipware @ git+https://example.org/x.git\n", "app.py", ""),
			"Python", []string{"call: app.py", "- git\n"}},
		"go, a name for a shell": {files("go.mod", "", "cmd/api/main.go", "package main\nfunc main() {\n}",
			"cmd/x$(id)/main.go", "package main\nfunc main() {\n}"), "", []string{"\"cmd/x$(id)\" has characters"}},
		"rust, a name for a shell": {files("Cargo.toml", "[package]\nname = \"x\"\n", "src/bin/a; id.rs", ""), "",
			[]string{"\"a; id\" has characters"}},
		"node, a name for a shell": {files("package.json", `{"main":"a b$(id).js"}`, "a b$(id).js", ""), "",
			[]string{"\"a b$(id).js\" has characters"}},
		"flask, unknown module": {files("x.py", "", "requirements.txt", "flask"), "", []string{"Flask"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, tc.fsys, Choice{}, tc.kind, tc.want)
		})
	}
}

// A comment of the Procfile says nothing of the application.
func TestProcfileComments(t *testing.T) {
	app, err := Detect(files("go.mod", "module x", "main.go", "package main\nfunc main() {\n}", "Procfile", "# release: migrate\nweb: x\n"),
		"shop", Choice{})
	if err != nil {
		t.Fatal(err)
	}
	if told := strings.Join(app.Hints, "\n"); !strings.Contains(told, "Procfile: web: x") || strings.Contains(told, "#") {
		t.Errorf("%q", app.Hints)
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
	app, err := Detect(files("index.html", "", "Dockerfile", "CMD a\rname: evil\n"), "shop", Choice{})
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
		text, err := Workflow("alpine", "trunk", directories...)
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
		if !strings.Contains(text, "branches: [trunk]\n") {
			t.Errorf("another branch in\n%s", text)
		}
		if job.Steps[1].With["output"] != "alpine" {
			t.Errorf("no output in\n%s", text)
		}
		if named := job.Steps[1].With["directory"] != ""; named != (directories != nil) {
			t.Errorf("%s", text)
		}
	}
}

// A package may have a name that no user can have: the services' user then gets another.
func TestUser(t *testing.T) {
	for name, want := range map[string]string{
		"shop": "", "2048": "app-2048", "a-name-of-more-than-thirty-two-letters": "a-name-of-more-than-thirty-two-l",
	} {
		app, err := Detect(files("go.mod", "module x", "main.go", "package main\nfunc main() {\n}"), name, Choice{})
		if err != nil {
			t.Fatal(err)
		}
		out, err := app.Config()
		if err != nil || app.values.User != want || strings.Contains(out, "  user: ") != (want != "") {
			t.Errorf("%s: user %q, %v\n%s", name, app.values.User, err, out)
		}
	}
}
