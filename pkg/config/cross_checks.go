package config

import (
	"slices"

	"gopkg.in/yaml.v3"
)

// together checks keys that depend on each other.
func (v *validator) together() {
	f := v.file
	contents := len(f.Build.Destinations) + len(f.Files)
	switch {
	case f.Package != "", slices.ContainsFunc([]string{"build", "build.destinations", "files", "package"}, v.faulty):
	case f.Type == "custom":
		v.doubtful("type", "Write `package: |` and below it the shell that installs into \"$pkgdir\"",
			"the key package is required for a custom package")
	case contents == 0:
		v.fault(v.file.KeyPos("build"), "build.destinations", "is required: nothing says which files the package holds",
			"Name what build.command makes, like `destinations: [dist]`, or '*' for everything")
	}
	seen := map[string]bool{}
	for i, arch := range f.Architectures {
		if seen[arch] {
			v.caution(item("architectures", i), "Remove one of them", "%s is listed twice", arch)
		}
		seen[arch] = true
	}
	if len(f.Source) > 0 {
		v.caution("source", "Read files from \"$builddir\", download what else is needed in build.prepare, and remove it",
			"nothing is downloaded: the application's directory is the source of every build. Its files that are named here are "+
				"in \"$srcdir\", too")
	}
	if f.Type == "static" && len(f.Run.Services) > 0 {
		v.caution("run.services", "Remove the services, or the type", "a static package has no services of its own; nginx serves it")
	}
	if f.Type != "static" && f.Static != (Static{}) {
		v.doubtful("static", "Write `type: static`, or remove it", "has no effect: the package is not static")
	}
}

// run checks services, commands and subpackages together, and the service's name.
func (v *validator) run() {
	f := v.file
	v.runName()
	if f.Run.Supervisor != "" && len(f.Run.Services) == 0 && f.Type != "static" {
		v.caution("run.supervisor", "Name a program in run.services, or remove the key", "no service is defined to supervise")
	}
	distinctNames(v, "run.services", f.Run.Services, func(s Service) string { return s.Name })
	distinctNames(v, "run.commands", f.Run.Commands, func(c Command) string { return c.Name })
	distinctNames(v, "subpackages", f.Subpackages, func(s Subpackage) string { return s.Name })
	for i, s := range f.Run.Services {
		v.health(item("run.services", i)+".health", s.Health)
		if at := item("run.services", i) + ".stop"; s.StopCall != "" && v.oneLine(at+".call", s.StopCall) {
			v.arguments(at+".call", s.StopCall)
		}
	}
}

// health checks that the keys of a health check fit together.
func (v *validator) health(at string, h Health) {
	switch {
	case h == (Health{}):
	case h.Command != "" && (h.Path != "" || h.Port != ""):
		v.bad(at, "Keep one of them; a command can ask for several things", "found a command beside a page or port")
	case h.Command == "" && h.Port == "" && !isPort(v.file.Run.Environment["PORT"]):
		v.bad(at, "Write `port: 8080`, or set PORT in run.environment", "no port is named where the service answers")
	}
}

// runName compares run.name with the package's name, as far as the file knows it.
func (v *validator) runName() {
	f := v.file
	name := f.Run.Name
	switch {
	case name == "":
	case f.Name != "" && name != f.Name && !v.faulty("name"):
		v.doubtful("run.name", "Write `name: "+f.Name+"`, or remove it",
			"found %s, but the package is called %s", quote(name), quote(f.Name))
	case slug(name) != name && v.lenient:
		v.caution("run.name", "Write `name: "+slug(name)+"`", "%s cannot be the package's name", quote(name))
	case !packageForm.MatchString(name) && !v.lenient:
		v.packageName("run.name", name)
	}
}

func distinctNames[T any](v *validator, path string, items []T, name func(T) string) {
	seen := map[string]bool{}
	for i, it := range items {
		n := name(it)
		if n != "" && seen[n] {
			v.bad(item(path, i)+".name", "Choose another name", "duplicate name %s", quote(n))
		}
		seen[n] = true
	}
}

// payload checks what is passed to the platform, as far as its form is known.
func (v *validator) payload() {
	kits := &v.file.Kits
	if kits.IsZero() || isNull(kits) {
		return
	}
	if kits.Kind != yaml.SequenceNode {
		v.caution("kits", "Begin each kit with a dash", "found %s, a list is expected; it is not passed to the platform", describe(kits))
		return
	}
	v.ports("kits", kits)
}

// ports looks for ports below path.
func (v *validator) ports(path string, n *yaml.Node) {
	switch n = resolve(n); n.Kind {
	case yaml.SequenceNode:
		for i, child := range n.Content {
			v.ports(item(path, i), child)
		}
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			name, value := resolve(n.Content[i]).Value, resolve(n.Content[i+1])
			sub := join(path, name)
			if name == "port" && integer(value.Value) != nil && !isPort(value.Value) {
				v.caution(sub, "Write a number like 8080", "found %s, a port is a number from 1 to 65535", describe(value))
			}
			v.ports(sub, value)
		}
	}
}
