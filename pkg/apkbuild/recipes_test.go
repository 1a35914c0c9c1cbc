package apkbuild

import (
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// block is a script of the user's at a line of the YAML file.
func block(line int, text string) *recipe.Script {
	return &recipe.Script{Text: text, Pos: config.Pos{File: "pakman.yml", Line: line, Column: 3}}
}

// recipes are the golden cases.
func recipes() map[string]*recipe.Recipe {
	return map[string]*recipe.Recipe{
		"go-service": goService(),
		"static": {
			Name: "brochure", Version: "2.4.0", Release: 3, Description: "Static site of the brochure",
			URL: "https://example.org/acme/brochure", License: "CC-BY-4.0", Arches: []string{"noarch"},
			Depends: []string{"nginx"}, MakeDepends: []string{"nodejs", "npm"}, Trace: true, Strip: true,
			Build: block(9, "npm ci\nnpm run build\n"), Destinations: []string{"dist"},
		},
		"static-served": {
			Name: "tour", Version: "1.0", Description: "A tour", URL: "https://example.org/tour", License: "MIT",
			Arches: []string{"noarch"}, Depends: []string{"nginx"}, Destinations: []string{"dist"}, User: "tour",
			Supervisor: supervisorDaemon, Environment: map[string]string{"PORT": "8080"},
			LogSize: 1_000_000, LogCount: 10,
			Services: []recipe.Service{{Name: "web", Command: "/usr/libexec/tour/serve", Directory: "/var/lib/tour"}},
			Site:     &recipe.Site{Root: "/var/lib/tour/dist", Fallback: "index.html"},
		},
		"node-s6-loader": nodeService(),
		"custom-package": {
			Name: "tool", Version: "0.1.0", Description: "A tool", URL: "https://example.org/tool", License: "MIT",
			Arches: []string{"x86_64"}, Trace: true, Strip: true,
			Prepare: block(4, "patch -p1 < fix.patch"),
			Build:   block(6, "make\n"),
			Check:   block(8, "make check\n"),
			Package: block(10,
				"make install DESTDIR=\"$pkgdir\"\ncat > \"$pkgdir\"/usr/share/tool/README <<EOF\n  indented }\nEOF\n# done"),
		},
		"custom-package-service": {
			Name: "daemon", Version: "1.0", Description: "A daemon", URL: "https://example.org/daemon", License: "MIT",
			Arches: []string{"x86_64"}, Strip: true, Supervisor: supervisorDaemon, LogSize: 1_000_000, LogCount: 10,
			Package:  block(3, "install -Dm755 daemon \"$pkgdir\"/usr/sbin/daemon\n"),
			Services: []recipe.Service{{Name: "daemon", Command: "/usr/sbin/daemon", Args: `--title "two  blanks"`}},
		},
		"subpackages": {
			Name: "atlas", Version: "5.6.7_rc1", Release: 8, Description: "Maps and tools", URL: "https://example.org/atlas",
			License: "GPL-2.0-or-later", Maintainer: "Ada Example <ada@example.org>", Arches: []string{"x86_64", "aarch64"},
			Depends: []string{"curl", "so:libfoo.so.1"}, Conflicts: []string{"globe"}, Provides: []string{"maps=5.6.7"},
			Replaces: []string{"atlas-old<5"},
			Trace:    true, Strip: true, Destinations: []string{"bin", "maps/*.map"},
			Files: []recipe.File{
				{Source: "atlas.conf", Destination: "/etc/atlas/", Mode: "640", Owner: "root:atlas", Config: true},
				{Source: "icons/", Destination: "/usr/share/atlas/icons", Mode: "0755"},
			},
			Subpackages: []recipe.Subpackage{
				{Name: "atlas-maps", Description: "Maps for atlas", Files: []string{"/var/lib/atlas/*.map"},
					InstallIf: []string{"atlas=5.6.7_rc1-r8", "docs"}},
				{Name: "atlas-maps+", Description: "More", Files: []string{"/usr/share/atlas/icons"}, Depends: []string{"atlas"}},
				{Name: "libatlas", Description: "A library", Files: []string{"/var/lib/atlas/lib*"}},
			},
		},
		"commands-only": {
			Name: "sweeper", Version: "1.0", Description: "Jobs to run by hand", URL: "https://example.org/sweeper", License: "MIT",
			Arches: []string{"noarch"}, Destinations: []string{"*"}, User: "sweeper", Environment: map[string]string{"LEVEL": "3"},
			Commands: []recipe.Command{{Name: "sweep", Command: "/var/lib/sweeper/sweep", Args: "--level $LEVEL"}},
		},
		"nasty": nasty(),
	}
}

func goService() *recipe.Recipe {
	return &recipe.Recipe{
		Name: "hello", Version: "1.2.3", Release: 4, Description: "Says hello over HTTP", URL: "https://example.org/acme/hello",
		License: "Apache-2.0", Arches: []string{"x86_64"}, MakeDepends: []string{"go"}, Strip: true,
		Build: block(7, "go build -trimpath -o bin/hello .\n"), BuildEnv: map[string]string{"CGO_ENABLED": "0"},
		Destinations: []string{"bin"}, User: "hello", Supervisor: supervisorDaemon, LogSize: 1_000_000, LogCount: 10,
		Environment: map[string]string{"PORT": "8080", "GREETING": "it's $5"},
		Services: []recipe.Service{{Name: "hello", Command: "/var/lib/hello/bin/hello", Args: "serve --port $PORT",
			Directory: "/var/lib/hello"}},
		Commands: []recipe.Command{{Name: "migrate", Command: "/var/lib/hello/bin/hello", Args: "migrate --all"}},
	}
}

func nodeService() *recipe.Recipe {
	return &recipe.Recipe{
		Name: "kiosk", Version: "0.9.1", Release: 104, Description: "kiosk", URL: "https://example.org/kiosk", License: "MIT",
		Arches:      []string{"x86_64"},
		Depends:     []string{"bash", "ca-certificates", "curl", "jq", "nodejs", "s6", "icu-data-full", "kiosk-openrc"},
		MakeDepends: []string{"nodejs", "npm"},
		Build:       block(20, "npm ci\n"), Destinations: []string{"*", ".bundle", "_build/prod/rel/my app/*"},
		User: "kiosk", Supervisor: supervisorS6, LogSize: 1_000_000, LogCount: 10, Loader: true,
		Environment: map[string]string{"PORT": "3000"},
		Services: []recipe.Service{
			{Name: "web", Command: "/usr/bin/node", Args: "server.js", Directory: "/var/lib/kiosk", Stop: "kill $(cat tmp/server.pid)"},
			{Name: "worker", Command: "/usr/bin/node", Args: "worker.js > /dev/null", Directory: "/var/lib/kiosk/jobs"},
		},
		Commands: []recipe.Command{{Name: "migrate", Command: "/var/lib/kiosk/bin/kiosk", Args: "eval 'Kiosk.migrate()'"},
			{Name: "console", Command: "/usr/bin/node"}},
		Hooks: map[string]recipe.Script{
			"post-install":   *block(40, "rc-update add kiosk\nrc-service kiosk migrate\n"),
			"post-upgrade":   *block(43, "rc-service kiosk migrate"),
			"post-deinstall": *block(46, "rc-update del kiosk\n"),
		},
	}
}

const nastyText = "it's \"$(touch pwned)\" `touch pwned` ${HOME} \\ ; & | < > * ? [a-z] {a,b} ~ ! # é "

func nasty() *recipe.Recipe {
	return &recipe.Recipe{
		Name: "nasty", Version: "1.0", Description: nastyText, URL: nastyText, License: nastyText, Maintainer: nastyText,
		Arches: []string{"noarch"}, Depends: []string{"so:libx.so.1"}, BuildEnv: map[string]string{"A": nastyText + "\n"}, User: "nasty",
		Supervisor: supervisorDaemon, LogSize: 1_000_000, LogCount: 10,
		Destinations: []string{nastyText, "-n*", "a[b-c]?/'*'"}, Environment: map[string]string{"B": "\n" + nastyText},
		Files: []recipe.File{{Source: nastyText, Destination: "/etc/" + nastyText, Mode: "644"}},
		Services: []recipe.Service{
			{Name: nastyText, Command: "/" + nastyText, Args: "--x 'y'", Directory: "/" + nastyText},
			{Name: "two", Command: "/bin/true"},
		},
		Commands:    []recipe.Command{{Name: "migrate", Command: "/" + nastyText, Args: `"$HOME" '$x'`}},
		Subpackages: []recipe.Subpackage{{Name: "nasty-x", Description: nastyText, Files: []string{"/" + nastyText}}},
	}
}
