package diff

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

const pkginfo = ".PKGINFO"

// info compares the fields of .PKGINFO that apk knows.
func (c *comparer) info(a, b apk.Info) {
	for _, f := range []struct{ key, a, b string }{
		{"pkgname", a.Name, b.Name},
		{"pkgver", a.Version, b.Version},
		{"pkgdesc", a.Description, b.Description},
		{"url", a.URL, b.URL},
		{"packager", a.Packager, b.Packager},
		{"maintainer", a.Maintainer, b.Maintainer},
		{"arch", a.Arch, b.Arch},
		{"origin", a.Origin, b.Origin},
		{"commit", a.Commit, b.Commit},
		{"license", a.License, b.License},
	} {
		c.text(pkginfo, f.key, f.a, f.b)
	}
	number(c, pkginfo, "builddate", a.BuildDate, b.BuildDate)
	number(c, pkginfo, "size", a.Size, b.Size)
	number(c, pkginfo, "replaces_priority", a.ReplacesPriority, b.ReplacesPriority)
	number(c, pkginfo, "provider_priority", a.ProviderPriority, b.ProviderPriority)
	c.list("depend", a.Depends, b.Depends)
	c.list("provides", a.Provides, b.Provides)
	c.list("replaces", a.Replaces, b.Replaces)
	c.list("install_if", a.InstallIf, b.InstallIf)
	c.list("triggers", a.Triggers, b.Triggers)
	if c.all {
		c.text(pkginfo, "datahash", a.DataHash, b.DataHash)
		c.text(pkginfo, "generator", a.Generator, b.Generator)
	}
}

// list reports each element that only one package has; where the elements are the same, a different order or number of
// repetitions.
func (c *comparer) list(key string, a, b []string) {
	same := true
	for _, v := range a {
		if !slices.Contains(b, v) {
			c.add(pkginfo, key, v, "")
			same = false
		}
	}
	for _, v := range b {
		if !slices.Contains(a, v) {
			c.add(pkginfo, key, "", v)
			same = false
		}
	}
	if same {
		c.text(pkginfo, key+" order", strings.Join(a, " "), strings.Join(b, " "))
	}
}

// scripts compares the install scripts; of each that differs it reports the first line that does.
func (c *comparer) scripts(a, b []apk.Script) {
	first, second := bodies(a), bodies(b)
	names := maps.Clone(first)
	maps.Copy(names, second)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		textA, inA := first[name]
		textB, inB := second[name]
		switch {
		case !inB:
			c.add(name, "script", "there", "")
		case !inA:
			c.add(name, "script", "", "there")
		case textA != textB:
			c.lines(name, textA, textB)
		}
	}
}

func bodies(scripts []apk.Script) map[string]string {
	m := map[string]string{}
	for _, s := range scripts {
		m[s.Name] = string(s.Body)
	}
	return m
}

// lines reports the first line of two different texts that is not the same, its end included.
func (c *comparer) lines(where, a, b string) {
	linesA, linesB := strings.SplitAfter(a, "\n"), strings.SplitAfter(b, "\n")
	n := 0
	for n < len(linesA) && n < len(linesB) && linesA[n] == linesB[n] {
		n++
	}
	line := func(lines []string) string {
		if n >= len(lines) || lines[n] == "" {
			return ""
		}
		if text, ended := strings.CutSuffix(lines[n], "\n"); ended && text != "" {
			return text
		}
		return strconv.Quote(lines[n]) // an empty line, or one that the script breaks off in
	}
	c.add(where, "line "+strconv.Itoa(n+1), line(linesA), line(linesB))
}

// files compares what signing and compression made of the packages.
func (c *comparer) files(a, b *apk.Package) {
	const where = "package"
	signers := func(p *apk.Package) string {
		var names []string
		for _, s := range p.Signatures {
			names = append(names, s.KeyName+" ("+s.Hash+")")
		}
		return strings.Join(names, ", ")
	}
	c.text(where, "signatures", signers(a), signers(b))
	c.text(where, "checksum", a.Checksum, b.Checksum)
	c.text(where, "sha256", a.SHA256, b.SHA256)
	number(c, where, "bytes", a.FileSize, b.FileSize)
	number(c, where, "control bytes", a.ControlSize, b.ControlSize)
}
