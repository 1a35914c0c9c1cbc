package config

import (
	"path"
	"slices"
	"strings"
)

// shorthands copies the values of short keys to the keys that they abbreviate.
func (d *decoder) shorthands() {
	f := d.findings.file
	if f.Strip != nil {
		if f.Build.StripBinary != nil && *f.Build.StripBinary != *f.Strip {
			d.fault(f.Pos("strip"), "strip", "contradicts build.strip_binary", "Keep one of them")
		}
		f.Build.StripBinary = f.Strip
	}
	if f.Trace != nil {
		if _, both := f.marks["dependencies.trace"]; both && f.Dependencies.Trace != *f.Trace {
			d.fault(f.Pos("trace"), "trace", "contradicts dependencies.trace", "Keep one of them")
		}
		f.Dependencies.Trace = *f.Trace
	}
}

// defaults fills in what an instellar.yml may omit, and removes what is ignored there.
func (d *decoder) defaults() {
	f := d.findings.file
	for i := range f.Run.Services {
		s := &f.Run.Services[i]
		d.implied(item("run.services", i), &s.Name, &s.Binary, s.Path)
		d.splitBinary(item("run.services", i), &s.Binary, &s.Start.Call)
	}
	for i := range f.Run.Commands {
		c := &f.Run.Commands[i]
		d.implied(item("run.commands", i), &c.Name, &c.Binary, c.Path)
		d.splitBinary(item("run.commands", i), &c.Binary, &c.Call)
	}
	f.Run.Services = distinct(d, "run.services", f.Run.Services, func(s Service) string { return s.Name })
	f.Run.Commands = distinct(d, "run.commands", f.Run.Commands, func(c Command) string { return c.Name })
	if f.Type != "" && !slices.Contains(types, f.Type) {
		d.warn(f.Pos("type"), "type", quote(f.Type)+" is neither static nor custom", "It is ignored; remove it")
		f.Type = ""
	}
}

// implied names a service's binary after its path, and a service after its binary.
func (d *decoder) implied(where string, name, binary *string, at string) {
	if *binary == "" && at != "" && !strings.HasSuffix(at, "/") {
		*binary = path.Base(at)
		d.warn(d.findings.file.Pos(where), where, "binary is missing", "It is read as `binary: "+*binary+"`, the end of its path")
	}
	if *name == "" && *binary != "" {
		*name = path.Base(*binary)
		d.warn(d.findings.file.Pos(where), where, "name is missing", "It is read as `name: "+*name+"`")
	}
}

// splitBinary moves what follows a space to the arguments: instellar.yml files hold whole command lines.
func (d *decoder) splitBinary(where string, binary, call *string) {
	split := splitWords(*binary)
	if len(split) < 2 {
		return
	}
	d.warn(d.findings.file.Pos(where+".binary"), where+".binary", quote(*binary)+" is a program and its arguments",
		"Move the arguments to call")
	*binary = split[0]
	*call = strings.TrimSpace(strings.Join(split[1:], " ") + " " + *call)
}

// distinct keeps the first of several items of one name.
func distinct[T any](d *decoder, where string, items []T, name func(T) string) []T {
	var out []T
	seen := map[string]bool{}
	places := map[string]string{} // new places of the items that stay, by their old ones
	for i, it := range items {
		n, now := name(it), item(where, i)
		if n != "" && seen[n] {
			d.warn(d.findings.file.Pos(now), now, "duplicate name "+quote(n), "This one is ignored; choose another name")
			continue
		}
		seen[n] = true
		places[now] = item(where, len(out))
		out = append(out, it)
	}
	if len(out) < len(items) {
		d.findings.file.moveMarks(where, places)
	}
	return out
}
