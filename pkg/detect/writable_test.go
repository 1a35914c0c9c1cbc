package detect

import (
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

// TestWritable compares what the written file lets services write to.
func TestWritable(t *testing.T) {
	flask := []string{"requirements.txt", "flask", "app.py", "app = Flask(__name__)\n"}
	django := func(settings string) fstest.MapFS {
		return files("manage.py", "os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'till.settings')", "requirements.txt", "Django==5",
			"till/wsgi.py", "", "till/settings.py", settings)
	}
	laravel := func(env string) fstest.MapFS {
		return files("artisan", "", "composer.json", `{"require":{"laravel/framework":"^12"}}`, ".env.example", env)
	}
	for name, tc := range map[string]struct {
		fsys fstest.MapFS
		want []string
	}{
		"laravel":       {laravel("APP_NAME=x\nDB_CONNECTION=mysql\n"), []string{"bootstrap/cache", "storage"}},
		"laravel, file": {laravel("DB_CONNECTION=sqlite\n"), []string{"bootstrap/cache", "database", "storage"}},
		"rails": {files("Gemfile", "gem 'rails'", "bin/rails", "", "config/database.yml", "url: postgres\n", "public/uploads/.keep", ""),
			[]string{"log", "public/uploads", "storage", "tmp"}},
		"rails, file": {files("Gemfile", "gem 'rails'", "bin/rails", "", "config/database.yml", "database: db/production.sqlite3\n"),
			[]string{"db", "log", "storage", "tmp"}},
		"next": {files("package.json", `{"scripts":{"build":"next build"},"dependencies":{"next":"15"}}`), []string{".next/cache"}},
		"next, standalone": {files("package.json", `{"scripts":{"build":"next build"},"dependencies":{"next":"15"}}`, "next.config.js",
			`module.exports={output: "standalone"}`), []string{"standalone/.next/cache"}},
		"next of a workspace": {files("package.json", `{"workspaces":["apps/*"]}`, "package-lock.json", "{}", "apps/web/package.json",
			`{"name":"web","scripts":{"build":"next build"},"dependencies":{"next":"15"}}`, "apps/web/next.config.js",
			`module.exports={output: "standalone"}`), []string{"standalone/apps/web/.next/cache"}},
		"django":              {django(`MEDIA_ROOT = BASE_DIR / "uploaded/files/"` + "\n"), []string{"uploaded/files"}},
		"django, environment": {django(`MEDIA_ROOT = env("MEDIA_ROOT", default=os.path.join(BASE_DIR, "media"))` + "\n"), []string{"media"}},
		"django, elsewhere":   {django("MEDIA_ROOT = '/srv/media'\n"), nil},
		"flask":               {files(append(flask, "uploads/.gitkeep", "", "media/api.py", "", "log/x.log", "")...), []string{"log", "uploads"}},
		"node":                {files("package.json", `{"main":"app.js"}`, "app.js", "", "data/seed.json", "", "cache/lru/index.mjs", ""), []string{"data"}},
		"pages, by Caddy":     {files("index.html", "", "media/a.png", "", "Caddyfile", ":8080 {\n}\n"), nil},
		"go":                  {files("go.mod", "module x", "main.go", "package main\n\nfunc main() {}\n", "data/x", ""), nil},
	} {
		t.Run(name, func(t *testing.T) {
			app, err := Detect(tc.fsys, "shop", Choice{})
			if err != nil {
				t.Fatal(err)
			}
			text, err := app.Config()
			if err != nil {
				t.Fatal(err)
			}
			var file struct{ Run struct{ Writable []string } }
			if err := yaml.Unmarshal([]byte(text), &file); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, file.Run.Writable); diff != "" {
				t.Errorf("(-want +got)\n%s\n%s", diff, text)
			}
		})
	}
}
