package config

import (
	"path"
	"slices"
	"strings"
)

// shorthands returns the short keys' values to the keys that they stand for.
func (d *decoder) shorthands() {
	f := d.findings.file
	if f.Strip != nil {
		if f.Build.StripBinary != nil && *f.Build.StripBinary != *f.Strip {
			d.fault(f.Pos("strip"), "strip", "it says the opposite of build.strip_binary", "Keep one of them")
		}
		f.Build.StripBinary = f.Strip
	}
	if f.Trace != nil {
		if _, both := f.marks["dependencies.trace"]; both && f.Dependencies.Trace != *f.Trace {
			d.fault(f.Pos("trace"), "trace", "it says the opposite of dependencies.trace", "Keep one of them")
		}
		f.Dependencies.Trace = *f.Trace
	}
}

// defaults fills in what an instellar.yml may leave out, and takes out what does not count there.
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
		d.warn(f.Pos("type"), "type", quote(f.Type)+" is neither static nor custom", "It does not count; remove it")
		f.Type = ""
	}
}

// implied names a service's binary after its path, and a service after its binary.
func (d *decoder) implied(where string, name, binary *string, at string) {
	if *binary == "" && at != "" && !strings.HasSuffix(at, "/") {
		*binary = path.Base(at)
		d.warn(d.findings.file.Pos(where), where, "it has no binary", "It counts as `binary: "+*binary+"`, the end of its path")
	}
	if *name == "" && *binary != "" {
		*name = path.Base(*binary)
		d.warn(d.findings.file.Pos(where), where, "it has no name", "It counts as `name: "+*name+"`")
	}
}

// splitBinary moves what follows a blank to the arguments: it was pasted into a script as it is.
func (d *decoder) splitBinary(where string, binary, call *string) {
	words := strings.Fields(*binary)
	if len(words) < 2 {
		return
	}
	d.warn(d.findings.file.Pos(where+".binary"), where+".binary", quote(*binary)+" is a program and its arguments", "Leave the arguments to call")
	*binary = words[0]
	*call = strings.TrimSpace(strings.Join(words[1:], " ") + " " + *call)
}

// distinct keeps the first of several items of one name.
func distinct[T any](d *decoder, where string, items []T, name func(T) string) []T {
	var out []T
	seen := map[string]bool{}
	places := map[string]string{} // of what stays, by where it is now
	for i, it := range items {
		n, now := name(it), item(where, i)
		if n != "" && seen[n] {
			d.warn(d.findings.file.Pos(now), now, "the name "+quote(n)+" is there twice", "This one does not count; give it a name of its own")
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
