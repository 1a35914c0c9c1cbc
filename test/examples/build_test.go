package examples

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/report"
)

// original is the size of the package that the first PAKman made of a blog with Next.js.
const original = 5_690_000

// built are the examples that can be built without Alpine. The others need pip, bundler, composer
// or mix with their registries.
var built = []struct {
	dir     string
	tools   []string // commands that the build needs
	npm     bool     // it takes packages from npm's registry
	limit   int64    // the package is smaller; in bytes, 0: no limit
	depends []string
	serve   service
}{
	{
		dir: "go-service", tools: []string{"go"},
		serve: service{command: "/var/lib/go-service/bin/go-service", pages: pages{"/?name=Ada": "Hello, Ada!", "/health": `"ok"`}},
	},
	{
		dir: "monorepo/api", tools: []string{"go"},
		serve: service{command: "/var/lib/monorepo-api/bin/monorepo-api", pages: pages{"/tide": "metres", "/health": `"ok"`}},
	},
	{
		dir: "monorepo/web", depends: []string{"nodejs", "monorepo-api"},
		serve: service{command: "node", args: []string{"/var/lib/monorepo-web/server.js"}, pages: pages{"/health": `"ok"`}},
	},
	{
		dir: "node-service", depends: []string{"nodejs"},
		serve: service{command: "node", args: []string{"/var/lib/node-service/server.js"}, pages: pages{"/health": "ok"}},
	},
	{
		dir: "python", tools: []string{"python3"}, depends: []string{"python3"},
		serve: service{
			command: "python3", args: []string{"-B", "-m", "app"}, in: "/var/lib/python",
			pages: pages{"/notes": `"notes": []`, "/health": `"ok"`},
		},
	},
	{
		dir: "rust", tools: []string{"cargo", "rustc"},
		serve: service{command: "/var/lib/rust-service/bin/rust-service", pages: pages{"/": "Hello from Rust!", "/health": `"ok"`}},
	},
	{
		dir: "webhook-receiver", tools: []string{"go"},
		serve: service{
			command: "/var/lib/webhook-receiver/bin/webhook-receiver", pages: pages{"/health": "ok"},
			env: []string{"PACKAGES=hello", "SECRET_FILE=/proc/self/exe"}, // any file will do for its health
		},
	},
	{
		dir: "html", depends: []string{"nginx"},
		serve: service{static: "/var/lib/html/public", pages: pages{"/": "Menu", "/contact.html": "Quay Street", "/style.css": "body"}},
	},
	{
		dir: "static-site", depends: []string{"nginx"},
		serve: service{static: "/var/lib/static-site/dist", pages: pages{"/": "Harbour Library", "/hours.html": "Harbour Library"}},
	},
	{
		dir: "astro", tools: []string{"node", "npm"}, npm: true, depends: []string{"nginx"},
		serve: service{static: "/var/lib/astro/dist", pages: pages{
			"/": "A summer night", "/concerts/advent/": "Magnificat", "/join/": "rehearse", "/icon.svg": "svg",
		}},
	},
	{
		dir: "nuxt", tools: []string{"node", "npm"}, npm: true, depends: []string{"nodejs"},
		serve: service{
			command: "node", args: []string{"/var/lib/nuxt/.output/server/index.mjs"},
			pages: pages{"/": "Lighthouse", "/fares": "two coins", "/api/departures": "North Quay", "/api/health": "ok"},
		},
	},
	{
		dir: "nextjs", tools: []string{"node", "npm"}, npm: true, limit: original, depends: []string{"nodejs"},
		serve: service{
			command: "node", args: []string{"/var/lib/nextjs/standalone/server.js"},
			pages: pages{
				"/": "Small packages travel fast", "/about": "Waves under a lighthouse", "/harbour.svg": "svg",
				"/posts/small-packages": "once for all applications", "/posts/one-version": "the newest tag",
				"/posts/hello": "three posts live in", "/api/health": `"ok"`,
			},
			missing: "/posts/nothing",
		},
	},
}

// TestBuild builds with the native builder, installs the package into a directory, and asks the
// installed application for its pages.
func TestBuild(t *testing.T) {
	for _, example := range built {
		t.Run(example.dir, func(t *testing.T) {
			machine := newMachine(t)
			for _, tool := range example.tools {
				machine.need(t, tool)
			}
			if example.npm {
				machine.needRegistry(t)
			}
			rep, err := pipeline.Build(t.Context(), pipeline.BuildOptions{
				Input: pipeline.Input{Dir: input(example.dir).Dir, Getenv: machine.getenv},
				Arch:  apk.HostArch(), Output: filepath.Join(t.TempDir(), "packages"),
				Builder: "native", Cache: pipeline.Cache{Dir: machine.cache, Force: true},
			}, newConsole(t))
			if err != nil {
				t.Fatal(err)
			}
			made := application(t, example.dir, rep)
			t.Logf("%s: %d bytes, %d installed", made.Name, made.Size, made.InstalledSize)
			if example.limit > 0 && made.Size >= example.limit {
				t.Errorf("%d bytes are not below %d", made.Size, example.limit)
			}
			installed := install(t, made.File, example.depends)
			checkTree(t, installed)
			example.serve.ask(t, installed)
		})
	}
}

// application is the package of the example itself, not one of its subpackages.
func application(t *testing.T, dir string, rep *report.Report) report.Package {
	t.Helper()
	file, _, err := config.Load(filepath.Join(root, filepath.FromSlash(dir), "pakman.yml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, made := range rep.Packages {
		if made.Name == file.Name && made.Arch == apk.HostArch() {
			return made
		}
	}
	t.Fatalf("no package %s for %s among %v", file.Name, apk.HostArch(), rep.Packages)
	return report.Package{}
}

// TestBuiltIsComplete: an example is either in the list above or known to need what only Alpine has.
func TestBuiltIsComplete(t *testing.T) {
	onAlpine := []string{"django", "flask", "laravel", "phoenix", "rails"}
	for _, dir := range directories(t) {
		listed := slices.Contains(onAlpine, dir)
		for _, example := range built {
			listed = listed || example.dir == dir
		}
		if !listed {
			t.Errorf("%s is neither built nor said to need Alpine", dir)
		}
	}
	for _, example := range built {
		if _, err := os.Stat(filepath.Join(root, example.dir)); err != nil {
			t.Error(err)
		}
	}
}
