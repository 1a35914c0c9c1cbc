package detect

import (
	"regexp"
	"strings"
)

var (
	bunCall   = regexp.MustCompile(`^bun (?:run )?(?:--bun )?(?:run )?(\./)?([\w@.][\w@./-]*\.[cm]?[jt]sx?)((?: [\w./:=-]+)*)$`)
	bunScript = regexp.MustCompile(`^bun (?:--bun )?run ([\w:.-]+)$`)
	bunEntry  = []string{"index.ts", "src/index.ts", "server.ts", "src/server.ts", "main.ts", "app.ts", "index.js", "app.js"}
)

// bun packages an application that Bun runs, as one program: Alpine has no package of Bun. The entry is the start script's, else
// what package.json names as its module, where Bun's lock file is there.
func (n *nodeProject) bun(start string) bool {
	for range 3 { // a script may name another one
		match := bunScript.FindStringSubmatch(start)
		if match == nil || n.p.Scripts[match[1]] == "" {
			break
		}
		start = strings.TrimSpace(n.p.Scripts[match[1]])
	}
	if match := bunCall.FindStringSubmatch(start); match != nil && n.bunProgram(match[2], strings.TrimSpace(match[3])) {
		return true
	}
	if n.err == nil {
		n.unknown("scripts.start runs `" + start + "`, of which init knows neither the file nor the program: " +
			"name a file, like `bun src/index.ts`")
	}
	return false
}

// bunModule packages what package.json names as its module or main file, and reports whether it is there.
func (n *nodeProject) bunModule() bool {
	for _, file := range append([]string{n.p.Module, n.p.Main}, bunEntry...) {
		if file != "" && n.has(file) {
			n.app.Evidence = append(n.app.Evidence, "bun's lock file; "+file+" is started, as package.json has no start script")
			return n.bunProgram(file, "")
		}
	}
	return false
}

func (n *nodeProject) bunProgram(file, call string) bool {
	if !n.has(file) || !n.plain(file) {
		return false
	}
	commands := n.before
	if commands == nil && len(n.p.Dependencies)+len(n.p.DevDependencies) > 0 {
		commands = append(commands, n.app.values.Install)
	}
	if n.p.Scripts["build"] != "" {
		commands = append(commands, n.app.values.Manager+" run build")
	}
	commands = append(commands,
		"# one program that holds Bun, for Alpine's C library",
		"case $CARCH in aarch64) cpu=arm64 ;; *) cpu=x64 ;; esac",
		"npx --yes bun build --compile --target=bun-linux-$cpu-musl ./"+file+" --outfile bin/"+appName)
	p := &plan{
		Needs: appendNew([]string{"nodejs", "npm"}, n.app.values.Manager), Runtime: []string{"libstdc++"}, Commands: commands,
		NoStrip: true, Destinations: []string{"bin"},
		Env: []pair{{"NODE_ENV", "production"}, {"PORT", "3000"}}, Binary: appName, Call: call,
	}
	for _, dir := range []string{"public", "static", "views"} {
		if n.has(dir) {
			p.Destinations = append(p.Destinations, dir)
		}
	}
	n.app = planned("Bun", p, append(n.app.Evidence,
		"Bun becomes part of the program; name files that it reads when it runs in build.destinations")...)
	return true
}
