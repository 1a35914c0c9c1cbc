package detect

import (
	"regexp"
	"strings"
)

// node reads what package.json, the lock file and the framework's configuration say. Where these do not name what starts the
// application, it does not guess.
func node(d *directory) *Application {
	p := d.manifest()
	if p == nil {
		return nil
	}
	workspace := p.Workspaces != nil || d.has("pnpm-workspace.yaml")
	if d.chosen.Application != "" && !workspace {
		return nil
	}
	n := &nodeProject{directory: d, p: p, app: &Application{Evidence: []string{"package.json"}}}
	v := &n.app.values
	v.HasBuild = p.Scripts["build"] != ""
	v.Manager, v.Install, v.Prune = manager(d, p)
	if workspace {
		v.Prune = ""
	}
	kind := n.framework()
	switch {
	case workspace && n.belowRoot(kind):
		d.err = nil // of the root, which is no application itself
		return n.workspace()
	case d.err != nil:
		return nil
	case kind == "" && !workspace && !n.entry():
		d.unknown("package.json has neither a start script that production can use nor a main file, and there is no server.js or index.js")
		return nil
	case n.app.values.Plan != nil:
		return n.app
	case kind != "" && !v.HasBuild:
		d.unknown(kind + ", but package.json has no build script")
		return nil
	}
	if n.app.Kind = kind; kind == "" {
		n.app.Kind = "Node"
	}
	return n.completed(workspace)
}

// belowRoot reports whether the application of a workspace is one of its packages: the user chose it, or the root starts nothing.
func (n *nodeProject) belowRoot(kind string) bool {
	return n.chosen.Application != "" || kind == "" && !n.entry() || kind != "" && !n.app.values.HasBuild
}

// completed adds what does not depend on how the application is started.
func (n *nodeProject) completed(workspace bool) *Application {
	v := &n.app.values
	n.native(n.p)
	n.prisma()
	if !n.browsers() {
		return nil
	}
	if n.has("package-lock.json", "npm-shrinkwrap.json") && v.Install == "npm install" {
		n.app.Evidence = append(n.app.Evidence, "package-lock.json does not name the dependencies of package.json: "+
			"run `npm install` and commit it, then replace `npm install` with `npm ci`")
	}
	if len(n.p.Dependencies)+len(n.p.DevDependencies) == 0 && !v.HasBuild && !workspace {
		v.Install = ""
	}
	return n.app
}

// nodeProject is a directory with a package.json.
type nodeProject struct {
	*directory
	p      *packageJSON
	app    *Application
	before []string // commands of the build that replace the installation, where a workspace has them
}

// compiled are modules that node-gyp compiles where no binary for musl is published, and the libraries of Alpine that they need.
var compiled = []struct {
	module         string
	build, runtime []string
}{
	{"bcrypt", nil, nil}, {"better-sqlite3", nil, nil}, {"sqlite3", nil, nil}, {"argon2", nil, nil}, {"node-gyp", nil, nil},
	{"canvas", []string{"cairo-dev", "giflib-dev", "libjpeg-turbo-dev", "pango-dev"},
		[]string{"cairo", "giflib", "libjpeg-turbo", "pango"}},
	{"pg-native", []string{"libpq-dev"}, []string{"libpq"}},
	{"node-sass", nil, nil}, {"re2", nil, nil}, {"node-pty", nil, nil}, {"isolated-vm", nil, nil}, {"libxmljs", nil, nil},
	{"libxmljs2", nil, nil}, {"leveldown", nil, nil}, {"kerberos", []string{"krb5-dev"}, []string{"krb5-libs"}},
	{"odbc", []string{"unixodbc-dev"}, []string{"unixodbc"}}, {"usb", []string{"eudev-dev", "libusb-dev"}, []string{"libusb"}},
}

// native adds what modules in C and C++ that a package.json names need.
func (n *nodeProject) native(p *packageJSON) {
	v := &n.app.values
	for _, c := range compiled {
		if !p.depends(c.module) {
			continue
		}
		if len(v.Build) == 0 {
			v.Build, v.Runtime = []string{"build-base", "python3"}, append(v.Runtime, "libstdc++")
		}
		v.Build, v.Runtime = appendNew(v.Build, c.build...), appendNew(v.Runtime, c.runtime...)
	}
}

// prisma generates the client, which not every package manager does when it installs; the client's engine is linked to OpenSSL.
func (n *nodeProject) prisma() {
	if !n.p.depends("@prisma/client") {
		return
	}
	v := &n.app.values
	v.Runtime = appendNew(v.Runtime, "openssl")
	if n.p.depends("prisma") && v.Install != "" && !strings.Contains(n.p.Scripts["build"]+n.p.Scripts["prebuild"], "prisma generate") {
		v.Install += "\n    npx prisma generate"
	}
}

// entry sets the program that starts the application, and reports whether there is one.
func (n *nodeProject) entry() bool {
	if n.app.template != "" {
		return true
	}
	if start := strings.TrimSpace(n.p.Scripts["start"]); start != "" {
		return n.script(start)
	}
	if n.has("bun.lock", "bun.lockb") && n.bunModule() {
		return true
	}
	if script.MatchString(n.p.Main) && n.has(n.p.Main) && n.plain(n.p.Main) {
		n.runs("node", "/usr/bin/node", n.p.Main)
		return true
	}
	file := n.first("server.js", "index.js", "app.js", "server.mjs", "index.mjs", "src/server.js", "src/index.js", "main.js")
	if file != "" {
		n.runs("node", "/usr/bin/node", file)
		n.app.Evidence = append(n.app.Evidence, file+" is started, as package.json has neither a start script nor a main file")
		return true
	}
	return false
}

var (
	script    = regexp.MustCompile(`\.[cm]?js$`)
	plainNode = regexp.MustCompile(`^node ((?:--?[\w=./-]+ )*)(\./)?([\w@.][\w@./-]*)((?: [\w./:=-]+)*)$`)
	devServer = regexp.MustCompile(`\b(vite|nodemon|parcel|webpack|rsbuild|vinxi)\b( dev| serve|$)|` +
		`\b(next|nuxt|nuxi|astro|svelte-kit|remix|react-router) dev\b|react-scripts start|\b(ng|nx|ember|vue-cli-service) serve\b|` +
		`\bgatsby develop\b|\bdocusaurus start\b|\b(tsx|nest start) watch\b|\bexpo start\b|--(watch|serve)\b|ts-node-dev`)
)

// script takes a start script over. A plain call of node is the service; anything else runs through npm, which knows the
// programs of node_modules, and what comes before and after a script.
func (n *nodeProject) script(start string) bool {
	n.app.Evidence = append(n.app.Evidence, "scripts.start: "+start)
	word, _, _ := strings.Cut(start, " ")
	switch {
	case devServer.MatchString(start):
		return false
	case word == "bun" || word == "bunx":
		return n.bun(start)
	case word == "deno":
		n.unknown("scripts.start runs deno, but there is no deno.json")
		return false
	}
	if match := plainNode.FindStringSubmatch(start); match != nil && n.p.Scripts["prestart"] == "" {
		file := match[3]
		if !n.app.values.HasBuild && !n.has(file, file+".js", file+"/index.js") {
			n.unknown("scripts.start names " + file + ", which is not there, and there is no build script")
			return false
		}
		n.runs("node", "/usr/bin/node", match[1]+file+match[4])
		return true
	}
	n.runs("npm", "/usr/bin/npm", "run start")
	n.app.values.Runtime = append(n.app.values.Runtime, "npm")
	if _, developed := n.p.DevDependencies[word]; developed || word == "tsx" || word == "ts-node" {
		n.app.values.Prune = ""
	}
	return true
}

func (n *nodeProject) runs(binary, program, call string) {
	n.app.template = "node"
	v := &n.app.values
	v.Binary, v.Program, v.Call = binary, program, call
	if match := hiddenOutput.FindStringSubmatch(call + "\n" + n.p.Scripts["start"]); match != nil {
		v.Output = match[1]
	}
}

// hiddenOutput is a directory of a build whose name begins with a dot, so that the pattern * does not match it.
var hiddenOutput = regexp.MustCompile(`(?m)(?:^|[ /])(\.(?:output|next|nuxt|svelte-kit|vinxi)|\.build)/`)
