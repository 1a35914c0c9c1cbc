package config

import "strings"

// form is what kind of value a key holds.
type form int

const (
	lineForm    form = iota // one line of text
	shellForm               // shell, one line or many
	flagForm                // true or false
	listForm                // list of lines
	wordsForm               // list of lines without blanks: package names, architectures
	tableForm               // mapping with the keys of the table
	tablesForm              // list of such mappings
	pairsForm               // mapping of names of the user's to lines
	scriptsForm             // mapping of hook names to shell
	treeForm                // anything that JSON can say
)

// key is what the package knows about one key.
type key struct {
	path     string // with [] for the items of a list
	form     form
	required bool     // within its list item
	allowed  []string // nil: any
	example  string   // its value, in one line
	meaning  string   // for the schema, the documentation and hints; Markdown
}

var (
	types         = []string{"static", "custom"}
	compressions  = []string{"fast", "balanced", "small"} // apk.Compressions
	supervisors   = []string{"s6", "supervise-daemon"}
	hooks         = []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade", "pre-deinstall", "post-deinstall"}
	architectures = []string{"x86_64", "aarch64", "armhf", "armv7", "x86", "ppc64le", "s390x", "riscv64", "loongarch64", "noarch"}
)

// keys is the key table, in the order in which documentation presents it.
var keys = []key{
	{path: "name", form: lineForm, example: "my-app", meaning: "Name of the package: small letters, digits and `+ . _ -`. Default: the repository's name."},
	{path: "version", form: lineForm, example: `"1.2.3"`, meaning: "Version. Default: the git tag, else 0.0.0."},
	{path: "description", form: lineForm, example: "A shop for books", meaning: "One line of at most 127 characters for those who list packages."},
	{path: "url", form: lineForm, example: "https://example.com", meaning: "Home page. Default: the repository."},
	{path: "license", form: lineForm, example: "MIT", meaning: "SPDX licence expression."},
	{path: "maintainer", form: lineForm, example: "Ann Other <ann@example.com>", meaning: "Who answers for the package."},
	{path: "type", form: lineForm, allowed: types, example: "static", meaning: "`static`: files that nginx serves, no service of its own. `custom`: the `package` script installs everything. Leave it out for an application."},
	{path: "stack", form: lineForm, example: "alpine/3.24", meaning: "Alpine release to build for: `alpine/3.24`, `alpine/edge`. Default: that of the Alpine that builds, else the newest stable one."},
	{path: "architectures", form: wordsForm, allowed: architectures, example: "[x86_64, aarch64]", meaning: "Processor architectures. `noarch` for files that are the same on each; those beside it say whose index lists the package. Default: that of the machine that builds."},

	{path: "dependencies", form: tableForm, example: "{runtime: [nodejs]}", meaning: "Alpine packages that are needed, with or without a version: `nodejs`, `nodejs>=20`, `!apache2`, `so:libc.musl-x86_64.so.1`, `/bin/sh`."},
	{path: "dependencies.build", form: wordsForm, example: "[go]", meaning: "Installed for the build only."},
	{path: "dependencies.runtime", form: wordsForm, example: "[nodejs, ca-certificates]", meaning: "Installed together with the package."},
	{path: "dependencies.check", form: wordsForm, example: "[postgresql]", meaning: "Installed for `check.command` only."},
	{path: "dependencies.trace", form: flagForm, example: "true", meaning: "Look for shared libraries that the packaged programs need, and depend on them. Default: `false`."},

	{path: "build", form: tableForm, example: "{command: make, destinations: [bin]}", meaning: "How the application is built, and what of it is packaged."},
	{path: "build.prepare", form: shellForm, example: "npm ci", meaning: "Shell that runs before `build.command`."},
	{path: "build.command", form: shellForm, example: "npm run build", meaning: "Shell that builds the application, in a copy of its directory."},
	{path: "build.env", form: pairsForm, example: "{NODE_ENV: production}", meaning: "Environment variables of the build."},
	{path: "build.destinations", form: listForm, example: "[dist, Caddyfile]", meaning: "Files, directories and patterns, relative to the application's directory, that are copied to `/var/lib/<name>`."},
	{path: "build.exclude", form: listForm, example: "[tmp, '*.log']", meaning: "Patterns, as in `.gitignore`, of files that are neither built from nor packaged."},
	{path: "build.keep_git", form: flagForm, example: "true", meaning: "Let the build see `.git`. Default: `false`."},
	{path: "build.strip_binary", form: flagForm, example: "false", meaning: "Take debugging symbols out of programs. Default: `true`."},
	{path: "build.network", form: flagForm, example: "false", meaning: "`false` cuts the network for every command of the build; dependencies are installed before. An error where the system cannot do that. Default: `true`."},
	{path: "build.timeout", form: lineForm, example: "30m", meaning: "How long the build may take before it is ended: a number with `h`, `m` or `s`, or several such as `1h30m`. Default: no limit."},

	{path: "check", form: tableForm, example: "{command: npm test}", meaning: "What must succeed before the package is made."},
	{path: "check.command", form: shellForm, example: "npm test", meaning: "Shell that runs after the build; where it fails there is no package."},

	{path: "files", form: tablesForm, example: "[{source: app.conf, destination: /etc/app/app.conf}]", meaning: "Files that belong elsewhere than below `/var/lib/<name>`."},
	{path: "files[].source", form: lineForm, required: true, example: "app.conf", meaning: "File or directory, relative to the application's directory."},
	{path: "files[].destination", form: lineForm, required: true, example: "/etc/app/app.conf", meaning: "Absolute path on the machine that installs the package."},
	{path: "files[].mode", form: lineForm, example: `"0640"`, meaning: "Permissions in octal digits. Default: `0755` in directories of programs and in `/etc/init.d`, else `0644`."},
	{path: "files[].owner", form: lineForm, example: "app:app", meaning: "`user` or `user:group`. Default: `root:root`."},
	{path: "files[].config", form: flagForm, example: "true", meaning: "A file below `/etc` that an upgrade must not overwrite where it was changed."},

	{path: "run", form: tableForm, example: "{name: app, services: [{name: web, binary: app}]}", meaning: "What runs when the package is installed."},
	{path: "run.name", form: lineForm, example: "my-app", meaning: "Name of the OpenRC service; the same as the package's."},
	{path: "run.user", form: lineForm, example: "my-app", meaning: "User that the services run as; made when it is missing. Default: the package's name."},
	{path: "run.supervisor", form: lineForm, allowed: supervisors, example: "s6", meaning: "What keeps the services running. Default: `s6` where it is among the runtime dependencies, else OpenRC's `supervise-daemon`."},
	{path: "run.environment", form: pairsForm, example: `{PORT: "8080"}`, meaning: "Environment variables of the services and commands, kept in `/etc/conf.d/<name>`."},
	{path: "run.services", form: tablesForm, example: "[{name: web, binary: app}]", meaning: "Programs to keep running. The first is the default; the variable `SERVICE_MODE` picks another."},
	{path: "run.services[].name", form: lineForm, required: true, example: "web", meaning: "Name of the service, for `SERVICE_MODE`."},
	{path: "run.services[].binary", form: lineForm, required: true, example: "app", meaning: "Program, in `/var/lib/<name>/bin` unless `path` says otherwise."},
	{path: "run.services[].path", form: lineForm, example: "/usr/bin", meaning: "Directory of the program, or the program itself; absolute, or below `/var/lib/<name>`."},
	{path: "run.services[].directory", form: lineForm, example: "/var/lib/my-app", meaning: "Directory to start in, absolute or below `/var/lib/<name>`, which is the default."},
	{path: "run.services[].start", form: tableForm, example: "{call: serve --port 8080}", meaning: "How it starts."},
	{path: "run.services[].start.call", form: lineForm, example: "serve --port 8080", meaning: "Arguments of the program, as in a shell."},
	{path: "run.services[].stop", form: shellForm, example: "app stop", meaning: "Shell that stops the service; with `{call: …}`, arguments of the program that do. Default: a signal."},
	{path: "run.commands", form: tablesForm, example: "[{name: migrate, binary: app, call: migrate}]", meaning: "Commands of the application: `rc-service <name> <command>`."},
	{path: "run.commands[].name", form: lineForm, required: true, example: "migrate", meaning: "Name of the command: letters, digits and `_`."},
	{path: "run.commands[].binary", form: lineForm, required: true, example: "app", meaning: "Program, in `/var/lib/<name>/bin` unless `path` says otherwise."},
	{path: "run.commands[].path", form: lineForm, example: "/usr/bin", meaning: "Directory of the program, or the program itself; absolute, or below `/var/lib/<name>`."},
	{path: "run.commands[].call", form: lineForm, example: "migrate --yes", meaning: "Arguments of the program, as in a shell."},

	{path: "hook", form: scriptsForm, allowed: hooks, example: "{post-install: rc-update add my-app}", meaning: "Shell that apk runs on the machine that installs, upgrades or removes the package."},
	{path: "package", form: shellForm, example: `install -Dm755 app "$pkgdir"/usr/bin/app`, meaning: "Shell that replaces the generated `package()` of the APKBUILD."},
	{path: "source", form: wordsForm, example: "[https://example.com/app.tar.gz]", meaning: "Accepted for old files and not used: the application's directory is the source of every build."},
	{path: "provides", form: wordsForm, example: "[my-app-api=1.0]", meaning: "Further names under which other packages may depend on this one."},
	{path: "replaces", form: wordsForm, example: "[old-app]", meaning: "Packages whose files this one may overwrite."},
	{path: "conflicts", form: wordsForm, example: "[other-app]", meaning: "Packages that cannot be installed beside this one."},
	{path: "subpackages", form: tablesForm, example: "[{name: doc, files: [usr/share/doc]}]", meaning: "Parts of the package that are installed separately."},
	{path: "subpackages[].name", form: lineForm, required: true, example: "doc", meaning: "The subpackage is `<name>-doc`, unless this begins with the package's name already."},
	{path: "subpackages[].description", form: lineForm, example: "Documentation of my-app", meaning: "One line of at most 127 characters."},
	{path: "subpackages[].files", form: listForm, required: true, example: "[usr/share/doc]", meaning: "Paths and patterns of installed files that move to the subpackage."},
	{path: "subpackages[].dependencies", form: wordsForm, example: "[mandoc]", meaning: "Installed together with the subpackage."},
	{path: "subpackages[].install_if", form: wordsForm, example: "[my-app, docs]", meaning: "Install the subpackage by itself where all of these are installed."},
	{path: "compression", form: lineForm, allowed: compressions, example: "small", meaning: "How much time is spent for how small a package: `balanced` is about as small as `gzip -9` (up to 2.5 % larger), `small` 3 to 4 % smaller and six to eight times slower, `fast` 5 to 7 % larger. Default: `balanced`."},
	{path: "strip", form: flagForm, example: "false", meaning: "Short for `build.strip_binary`."},
	{path: "trace", form: flagForm, example: "true", meaning: "Short for `dependencies.trace`."},

	{path: "kits", form: treeForm, example: "[]", meaning: "Passed to the Instellar platform unchanged; a list."},
	{path: "sizes", form: treeForm, example: "[]", meaning: "Passed to the Instellar platform unchanged."},
	{path: "plans", form: treeForm, example: "[]", meaning: "Passed to the Instellar platform unchanged."},
	{path: "page", form: treeForm, example: "{}", meaning: "Passed to the Instellar platform unchanged."},
}

// name is the last step of the key's path.
func (k key) name() string { return k.path[strings.LastIndexByte(k.path, '.')+1:] }

// line shows the key as the file has it.
func (k key) line() string { return k.name() + ": " + k.example }

// keyAt returns what is known about a key path, which may have indices.
func keyAt(path string) (key, bool) {
	path = generic(path)
	for _, k := range keys {
		if k.path == path {
			return k, true
		}
	}
	return key{}, false
}

// children returns the names of the keys within the mapping at path; "" is the file, "files[]" an entry of files.
func children(path string) []string {
	var names []string
	for _, k := range keys {
		if enclosing(k.path) == path {
			names = append(names, k.path[len(path):])
		}
	}
	for i, name := range names {
		if name[0] == '.' {
			names[i] = name[1:]
		}
	}
	return names
}
