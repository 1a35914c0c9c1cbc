package detect

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/pakman/build/pkg/config"
)

const (
	mavenProject = "<project><properties><java.version>21</java.version></properties>"
	mainClass    = "package org.acme;\npublic class Till {\n  public static void main(String[] args) {}\n}\n"
	webProject   = `<Project Sdk="Microsoft.NET.Sdk.Web"><TargetFramework>net8.0</TargetFramework></Project>`
	poetry       = "[tool.poetry.dependencies]\nFlask = \"^3\"\n"
)

// Each language says in its own files what is built and started. Where they do not say it, the message names what is missing.
func TestLanguages(t *testing.T) {
	for name, tc := range map[string]struct {
		fsys fstest.MapFS
		kind string   // empty: refused
		want []string // in pakman.yml, or in the message
	}{
		"bun module": {files("package.json", `{"module":"src/a.ts"}`, "bun.lock", "", "src/a.ts", ""), "Bun", []string{"./src/a.ts --outfile"}},
		"bun, a script names another": {files("package.json", `{"scripts":{"start":"bun run serve","serve":"bun --bun run a.ts --port 80"}}`,
			"a.ts", "", "public/x", ""), "Bun", []string{"./a.ts --outfile", "call: \"--port 80\"", "- public\n"}},
		"bun, unknown": {files("package.json", `{"scripts":{"start":"bunx serve"}}`, "bun.lock", ""), "", []string{"bunx serve"}},
		"deno": {files("deno.json", `{"tasks":{"start":"deno run -A --unstable-kv server.ts --x"}}`, "server.ts", ""), "Deno",
			[]string{"deno cache server.ts", "call: \"run --cached-only -A --unstable-kv server.ts --x\"", "DENO_DIR: /var/lib/shop/deno-dir"}},
		"deno with comments": {files("deno.jsonc", "{\n// a, }\n\"imports\": {\"x\": \"https://y//z,}\",},}", "main.ts", ""), "Deno",
			[]string{"--allow-net --allow-env --allow-read main.ts"}},
		"deno's lock file alone": {files("deno.lock", "{}", "main.ts", ""), "Deno", []string{"#   deno.lock\n#   main.ts is started"}},
		"deno, unknown task":     {files("deno.json", `{"tasks":{"start":"vite && x"}}`, "main.ts", ""), "", []string{"the task start"}},
		"package.json5": {files("package.json5", "{\n\"scripts\": {\"start\": \"node a.js\",}, // x\n}", "a.js", "", "pnpm-lock.yaml", ""), "Node",
			[]string{"call: a.js"}},
		"dotnet": {files("api.csproj", webProject), ".NET", []string{"- dotnet8-sdk", "- aspnetcore8-runtime", "call: api.dll", "directory: out",
			"dotnet publish api.csproj"}},
		"dotnet, old and not for the web": {files("src/Job/Job.csproj", "<OutputType>Exe</OutputType><AssemblyName>job</AssemblyName>"+
			"<TargetFramework>net6.0</TargetFramework>", "test/T/T.csproj", "<OutputType>Exe<Microsoft.NET.Test.Sdk>"), ".NET",
			[]string{"- dotnet8-runtime", "DOTNET_ROLL_FORWARD: Major", "call: job.dll", "- name: app"}},
		"dotnet, several": {files("a.csproj", webProject, "b/b.csproj", webProject), "", []string{"a.csproj, b/b.csproj"}},
		"maven": {files("pom.xml", mavenProject, "src/main/java/org/acme/Till.java", mainClass), "Maven",
			[]string{"- openjdk21-jdk", "- maven", "-cp 'lib/*' org.acme.Till", "dependency:copy-dependencies"}},
		"spring boot": {files("pom.xml", mavenProject+"spring-boot-maven-plugin", "mvnw", "", ".mvn/wrapper/maven-wrapper.properties", ""),
			"Spring Boot", []string{"sh mvnw --batch-mode", "-jar app.jar --server.port=$PORT", "- openjdk21-jre-headless"}},
		"quarkus":        {files("pom.xml", "quarkus-maven-plugin"), "Quarkus", []string{"-jar quarkus-app/quarkus-run.jar"}},
		"maven, modules": {files("pom.xml", "<modules>"), "", []string{"several modules"}},
		"maven, two classes": {files("pom.xml", mavenProject, "src/main/java/A.java", mainClass, "src/main/java/B.java", mainClass), "",
			[]string{"several classes"}},
		"gradle": {files("settings.gradle.kts", "rootProject.name = \"x\"", "app/build.gradle.kts",
			"plugins {\n    application\n}\nJavaLanguageVersion.of(25)", "gradlew", "", "gradle/wrapper/gradle-wrapper.jar", ""), "Gradle",
			[]string{"sh gradlew --no-daemon --console=plain :app:installDist", "- app/build/install/app", "path: app/bin", "- openjdk25-jdk"}},
		"gradle, at the root": {files("settings.gradle", "rootProject.name = 'till'", "build.gradle", "plugins { \n id 'application'\n}"), "Gradle",
			[]string{"- build/install/till", "binary: till", "- gradle\n"}},
		"gradle, spring boot": {files("build.gradle", "plugins { id 'org.springframework.boot' version '3' }"), "Spring Boot",
			[]string{":bootJar", "! -name '*-plain.jar'"}},
		"gradle library":    {files("build.gradle", "// application\nplugins { id 'java-library' }"), "", []string{"what is started"}},
		"gleam":             {files("gleam.toml", "name = \"x\""), "Gleam", []string{"gleam export erlang-shipment", "binary: entrypoint.sh"}},
		"gleam, JavaScript": {files("gleam.toml", "target = \"javascript\""), "", []string{"JavaScript"}},
		"php": {files("public/index.php", "", "composer.json", `{"require":{"php":"^8.2","ext-pdo_mysql":"*","ext-json":"*"}}`), "PHP",
			[]string{"- php84-pdo_mysql", "composer install --no-dev", "-S 0.0.0.0:$PORT -t public"}},
		"php without composer": {files("index.php", ""), "PHP", []string{"-t .", "- noarch"}},
		"cmake": {files("CMakeLists.txt", "project(till)\nadd_executable(${PROJECT_NAME} a.cc)\nadd_executable(till-test t.cc) # x\n"), "CMake",
			[]string{"cmake --build build", "-name 'till'", "binary: till", "trace: true"}},
		"cmake library": {files("CMakeLists.txt", "# add_executable(x)\nadd_library(x)"), "", []string{"adds no program"}},
		"meson":         {files("meson.build", "project('till', 'c')\nexecutable('till', 'a.c')"), "Meson", []string{"meson compile -C build"}},
		"zig": {files("build.zig", "const exe = b.addExecutable(.{\n    .name = \"till\",\n});"), "Zig",
			[]string{"- zig-out/bin", "binary: till"}},
		"hugo": {files("hugo.toml", "publishDir = \"site\"", "go.mod", "module x"), "Hugo, static", []string{"hugo --minify", "- site\n", "- go\n"}},
		"jekyll": {files("Gemfile", "gem 'jekyll'", "_config.yml", ""), "Jekyll, static",
			[]string{"bundle exec jekyll build", "- _site\n", "type: static"}},
		"staticfile":      {files("Staticfile", "root: www\nindex_fallback: true", "www/index.html", ""), "static HTML", []string{"- 'www'", "fallback: index.html"}},
		"staticfile lost": {files("Staticfile", "root: www"), "", []string{"no index.html in www"}},
		"poetry": {files("pyproject.toml", poetry, "poetry.lock", "", "main.py", "app = Flask(__name__)"), "Flask",
			[]string{"poetry export --without-hashes --output", "-m gunicorn main:app --bind 0.0.0.0:$PORT"}},
		"poetry without its lock file": {files("pyproject.toml", poetry, "main.py", "app = Flask(__name__)"), "", []string{"lock file"}},
		"pipenv":                       {files("Pipfile", "[packages]\n", "Pipfile.lock", "{}", "bot.py", ""), "Python", []string{"pipenv requirements >", "call: bot.py"}},
		"pyproject without a lock file": {files("pyproject.toml", "[project]\ndependencies = [\n  'psycopg'\n]", "main.py", ""), "Python",
			[]string{"import tomllib", "- libpq\n"}},
		"psycopg with its library": {files("requirements.txt", "psycopg[binary]", "main.py", "", "Procfile", "worker: python -u main.py"), "Python",
			[]string{"call: \"-u main.py\"", "    - python3\n\nbuild"}},
		"package that runs": {files("api/__main__.py", "", "api/__init__.py", "", "tests/__init__.py", ""), "Python",
			[]string{`call: "-m api"`}},
		"needless __init__.py": {files("requirements.txt", "x", "__init__.py", "", "bot.py", ""), "Python", []string{"call: bot.py"}},
		"part of a package":    {files("api/__init__.py", "", "api/main.py", "from api.web import run"), "", []string{""}},
		"script of pyproject": {files("pyproject.toml", "[project.scripts]\nx = \"a.b:main\"\n[build-system]\n"), "Python",
			[]string{"from a.b import main; sys.exit(main())", "--no-deps --target vendor ."}},
		"fasthtml": {files("requirements.txt", "python-fasthtml", "main.py", "app, rt = fast_app()"), "FastHTML", []string{"uvicorn main:app"}},
		"a file named like a directory": {files("requirements.txt", "flask", "app", "", "src/main.py", "app = Flask(__name__)"), "Flask",
			[]string{"gunicorn src.main:app"}},
		"playwright":       {files("requirements.txt", "playwright==1", "main.py", ""), "", []string{"GNU C library"}},
		"python, no start": {files("requirements.txt", "x"), "", []string{"Procfile"}},
		"flask's port": {files("requirements.txt", "flask", "app.py", "app = Flask(__name__)"), "Flask",
			[]string{"      health: # what `pakman build --try` waits for\n        port: 8000\n"}},
		"next's page": {files("package.json", `{"scripts":{"build":"next build"},"dependencies":{"next":"15"}}`), "Next.js",
			[]string{"        path: /\n        port: 3000\n"}},
		"execjs": {files("Gemfile", "gem 'execjs'\n", "Gemfile.lock", "", "app.rb", ""), "Ruby", []string{"    - yaml\n    - nodejs\n"}},
		"ruby beside modules of npm": {files("Gemfile", "gem 'pg'\n", "Gemfile.lock", "", "app.rb", "", "yarn.lock", "",
			"package.json", `{"scripts":{"build":"x"},"devDependencies":{"x":"1"}}`), "Ruby",
			[]string{"- libpq-dev\n    - nodejs\n    - yarn\n", "- libpq\n", "yarn install --frozen-lockfile\n    yarn run build\n"}},
		"rocket": {files("Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\nrocket = \"0.5\"", "src/main.rs", ""), "Rust",
			[]string{"ROCKET_ADDRESS: \"0.0.0.0\""}},
		"prisma": {files("package.json", `{"scripts":{"start":"node a.js"},"dependencies":{"@prisma/client":"6","prisma":"6"}}`, "a.js", ""), "Node",
			[]string{"npm install\n    npx prisma generate\n", "- nodejs\n    - openssl\n"}},
		"astro's server": {files("package.json", `{"scripts":{"build":"astro build"},"dependencies":{"astro":"5","@astrojs/node":"9"}}`), "Astro",
			[]string{"HOST: \"0.0.0.0\""}},
		"caddy": {files("index.html", "", "Caddyfile", ":{$PORT:80} {\n\tfile_server # x\n}\n"), "static HTML, served by Caddy",
			[]string{"path: /usr/sbin/caddy", "- caddy\n", "PORT: \"8080\""}},
		"caddy behind a build": {files("package.json", `{"scripts":{"build":"vite build"},"dependencies":{"vite":"7"}}`, "Caddyfile",
			"http://:8081 {\n\troot * dist\n}\n"), "Vite, static, served by Caddy",
			[]string{"npm run build", "- dist\n    - Caddyfile\n", "PORT: \"8081\"", "        port: 8081\n"}},
		"caddy, a template":      {files("index.html", "", "Caddyfile", ":{$PORT} {\n\troot * {{.DIR}}\n}\n"), "", []string{"template"}},
		"caddy, another place":   {files("index.html", "", "Caddyfile", ":8080 {\n\troot * /srv\n}\n"), "", []string{"it serves /srv"}},
		"caddy, a low port":      {files("index.html", "", "Caddyfile", ":80 {\n}\n"), "", []string{"below 1024"}},
		"caddy, the last low":    {files("index.html", "", "Caddyfile", ":1023 {\n}\n"), "", []string{"below 1024"}},
		"caddy, a name alone":    {files("index.html", "", "Caddyfile", "example.com {\n}\n"), "", []string{"no site in it names a port"}},
		"caddy beside a server":  {files("package.json", `{"scripts":{"start":"node a.js"}}`, "a.js", "", "Caddyfile", ":80 {\n}\n"), "Node", []string{"there is a Caddyfile"}},
		"versions":               {files("run.sh", "", ".tool-versions", "python 3.9.1\n", "mise.toml", "[tools]\nnode = \"22\"\n[env]\nruby = \"3\"\n", ".nvmrc", "v20\n"), "shell script", []string{"Node.js 20 (.nvmrc), Python 3.9.1 (.tool-versions); Alpine"}},
		"engines":                {files("package.json", `{"scripts":{"start":"node a.js"},"engines":{"node":"^20.1"}}`, "a.js", ""), "Node", []string{"Node.js 20.1 (engines)"}},
		"engines as a list":      {files("package.json", `{"scripts":{"start":"node a.js"},"engines":["node"]}`, "a.js", ""), "Node", nil},
		"another program's file": {files("run.sh", "", "railpack.json", `{"deploy":{"startCommand":"./x"}}`), "shell script", []string{"railpack.json starts `./x`"}},
		"run.sh":                 {files("run.sh", "#!/bin/sh\n"), "shell script", []string{"call: run.sh"}},
		"go beside a tool":       {files("package.json", `{"devDependencies":{"tailwindcss":"4"}}`, "go.mod", "", "main.go", "package main\nfunc main() {\n}"), "Go", nil},
		"sveltekit, auto":        {files("package.json", `{"scripts":{"build":"vite build"},"devDependencies":{"@sveltejs/kit":"2"}}`, "svelte.config.js", "import a from '@sveltejs/adapter-auto'"), "SvelteKit", []string{"GCP_BUILDPACKS: \"1\"", "call: build"}},
		"tanstack on nitro":      {files("package.json", `{"scripts":{"build":"vite build"},"dependencies":{"@tanstack/react-start":"1"}}`, "vite.config.ts", "import { nitro } from 'nitro/vite'"), "TanStack Start", []string{".output/server/index.mjs"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, tc.fsys, Choice{}, tc.kind, tc.want)
		})
	}
}

// Where a directory has several kinds, the others are named and can be chosen.
func TestKindIsChosen(t *testing.T) {
	both := files("go.mod", "", "main.go", "package main\nfunc main() {\n}", "package.json", `{"scripts":{"start":"node a.js"}}`, "a.js", "")
	for only, kind := range map[string]string{"": "Node", "go": "Go", "node": "Node"} {
		app, err := Detect(both, "shop", Choice{Kind: only})
		if err != nil || app.Kind != kind {
			t.Fatalf("--kind %q: %v, %v", only, app, err)
		}
		if told := strings.Contains(strings.Join(app.Evidence, " "), "--kind go"); told != (only == "") {
			t.Errorf("--kind %q: %v", only, app.Evidence)
		}
	}
	if _, err := Detect(both, "shop", Choice{Kind: "rust"}); !errors.Is(err, ErrUnknown) || !strings.Contains(err.Error(), "rust") {
		t.Errorf("a kind that is not there: %v", err)
	}
}

// The form of an unknown application is valid YAML that lacks the files to package; what is told in it stays in its comment.
func TestForm(t *testing.T) {
	text, err := Form("1.5", "unknown\nname: evil", "Dockerfile: CMD x\nurl: x")
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = config.Parse("pakman.yml", []byte(text))
	if err == nil || !strings.Contains(err.Error(), "build.destinations: is required") || strings.Contains(err.Error(), "\n") {
		t.Errorf("%v\n%s", err, text)
	}
	if !strings.Contains(text, "#   Dockerfile: CMD x url: x\n") {
		t.Errorf("no hint in\n%s", text)
	}
}
