package detect

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// member is a package of a workspace.
type member struct {
	dir string
	p   *packageJSON
	*directory
}

// members returns the packages that package.json, or pnpm-workspace.yaml, names.
func (n *nodeProject) members() []member {
	var patterns []string
	list, _ := n.p.Workspaces.([]any)
	if table, ok := n.p.Workspaces.(map[string]any); ok {
		list, _ = table["packages"].([]any)
	}
	for _, item := range list {
		if text, ok := item.(string); ok {
			patterns = append(patterns, text)
		}
	}
	var pnpm struct{ Packages []string }
	if yaml.Unmarshal([]byte(n.text("pnpm-workspace.yaml")), &pnpm) == nil {
		patterns = append(patterns, pnpm.Packages...)
	}
	var found []member
	for _, pattern := range patterns {
		pattern = strings.Replace(path.Clean(pattern), "**", "*", 1)
		for _, file := range n.glob(path.Join(pattern, "package.json")) {
			dir := path.Dir(file)
			sub, err := fs.Sub(n.fsys, dir)
			if err != nil || slices.ContainsFunc(found, func(m member) bool { return m.dir == dir }) {
				continue // a name that is none, or one that another pattern matches too
			}
			m := member{dir: dir, directory: &directory{fsys: sub}}
			if m.p = m.manifest(); m.p != nil && plainName.MatchString(dir) {
				found = append(found, m)
			}
		}
	}
	return found
}

// startsByItself reports whether a package is an application: it has a start script or a framework, where a library has a main file.
func (m member) startsByItself() bool {
	start := strings.TrimSpace(m.p.Scripts["start"])
	if start != "" && !devServer.MatchString(start) {
		return true
	}
	n := &nodeProject{directory: &directory{fsys: m.fsys}, p: m.p, app: &Application{}}
	return n.framework() != "" && n.err == nil
}

// workspace packages the one application of a workspace, or the one that the user chose. The build sees the whole workspace.
func (n *nodeProject) workspace() *Application {
	members := n.members()
	applications := slices.DeleteFunc(slices.Clone(members), func(m member) bool {
		return n.chosen.Application != "" && m.dir != path.Clean(n.chosen.Application) || !m.startsByItself()
	})
	var dirs []string
	for _, m := range applications {
		dirs = append(dirs, m.dir)
	}
	switch {
	case len(applications) == 0:
		n.unknown("package.json is that of a workspace, and none of its packages has a start script or a framework " +
			"that says how it is started")
		return nil
	case len(applications) > 1:
		n.unknown("a workspace with several applications: choose one with --application " + strings.Join(dirs, ", or --application "))
		return nil
	}
	return n.ofWorkspace(applications[0], members)
}

func (n *nodeProject) ofWorkspace(m member, members []member) *Application {
	commands := []string{n.app.values.Install}
	for _, dependency := range dependencies(m, members) {
		if dependency.p.Scripts["build"] != "" {
			commands = append(commands, "(cd "+dependency.dir+" && "+n.app.values.Manager+" run build)")
		}
	}
	sub, kind := n.part(m, members, commands)
	switch {
	case sub.err != nil:
		n.fail(sub.err)
		return nil
	case sub.app.values.Plan != nil: // of Bun
		return sub.app
	case m.p.Scripts["build"] != "":
		commands = append(commands, "(cd "+m.dir+" && "+n.app.values.Manager+" run build)")
	case m.p.depends("next"):
		commands = append(commands, "(cd "+m.dir+" && npx next build)")
	}
	v := &sub.app.values
	needs := appendNew([]string{"nodejs", v.Manager}, v.Build...)
	if sub.app.template == "nodestatic" {
		app := generated(kind, m.dir+" of the workspace", path.Join(m.dir, v.Output), needs, commands...)
		app.values.Fallback = v.Fallback
		return app
	}
	p := &plan{
		Needs: needs, Runtime: appendNew([]string{"nodejs"}, v.Runtime...), BuildEnv: v.BuildEnv, Commands: commands,
		Destinations: []string{"*"}, Env: append([]pair{{"NODE_ENV", "production"}, {"PORT", "3000"}}, v.Env...),
		Binary: v.Binary, Path: v.Program, Call: v.Call, Directory: m.dir,
	}
	if !n.started(m, sub.app.template, p) {
		n.unknown(m.dir + " of the workspace: " + kind + ", without a start script that says how it is started")
		return nil
	}
	if m.p.depends("next") && p.Writable == nil {
		p.Writable = []string{path.Join(m.dir, ".next/cache")}
	}
	return planned(kind, p, sub.app.Evidence...)
}

// part returns an application of the workspace, its kind, and what it needs; before it, the build runs commands.
func (n *nodeProject) part(m member, members []member, commands []string) (sub *nodeProject, kind string) {
	sub = &nodeProject{directory: &directory{fsys: m.fsys}, p: m.p, app: &Application{Evidence: []string{m.dir + " of the workspace"}},
		before: append(slices.Clone(commands), "cd "+m.dir)}
	sub.app.values.Manager = n.app.values.Manager
	sub.app.values.HasBuild = true // what the start script names may be built
	if kind = sub.framework(); kind == "" && sub.err == nil {
		kind = "Node"
		sub.entryByScript()
	}
	if bun := sub.app.values.Plan; bun != nil {
		for i, destination := range bun.Destinations {
			bun.Destinations[i] = path.Join(m.dir, destination)
		}
		return sub, kind
	}
	sub.native(n.p)
	for _, other := range members { // what they name is installed together
		sub.native(other.p)
	}
	sub.browsers()
	return sub, kind
}

// started completes the plan of an application of a workspace, and reports whether it is known how it is started.
func (n *nodeProject) started(m member, template string, p *plan) bool {
	node := func(destination, file string) {
		p.Destinations, p.Directory = []string{path.Join(m.dir, destination)}, ""
		p.Binary, p.Path, p.Call = "node", "/usr/bin/node", file
	}
	start := strings.TrimSpace(m.p.Scripts["start"])
	switch {
	case template == "nextjs":
		out := path.Join(m.dir, ".next/standalone")
		p.Commands = append(p.Commands, "cp -r "+m.dir+"/.next/static "+path.Join(out, m.dir)+"/.next/",
			"[ ! -d "+m.dir+"/public ] || cp -r "+m.dir+"/public "+path.Join(out, m.dir)+"/")
		p.Env = append(p.Env, pair{"HOSTNAME", "0.0.0.0"})
		node(".next/standalone", path.Join("standalone", m.dir, "server.js"))
		p.Writable = []string{path.Join("standalone", m.dir, ".next/cache")}
	case template == "nuxt":
		node(".output", ".output/server/index.mjs")
	case p.Path == "/usr/bin/node":
	case start != "" && !devServer.MatchString(start):
		p.Binary, p.Path, p.Call, p.Runtime = "npm", "/usr/bin/npm", "run start", appendNew(p.Runtime, "npm")
	case m.p.depends("next"):
		at := path.Join(m.dir, "node_modules/.bin")
		if n.app.values.Manager != "pnpm" {
			at = "node_modules/.bin"
		}
		p.Binary, p.Path, p.Call = "next", at, "start"
	default:
		return false
	}
	return true
}

// dependencies returns the packages of the workspace that one needs, each after those that it needs itself.
func dependencies(m member, members []member) []member {
	var ordered []member
	seen := map[string]bool{m.dir: true}
	var visit func(member)
	visit = func(m member) {
		for _, other := range members {
			if !seen[other.dir] && other.p.Name != "" && m.p.depends(other.p.Name) {
				seen[other.dir] = true
				visit(other)
				ordered = append(ordered, other)
			}
		}
	}
	visit(m)
	return ordered
}
