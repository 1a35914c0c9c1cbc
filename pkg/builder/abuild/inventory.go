package abuild

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/atomicfile"
	"github.com/pakman/build/pkg/internal/tree"
)

// inventory is what the files of a package provide and need, in apk's words.
type inventory struct {
	arch     string
	foreign  bool // programs for other machines are looked for
	entries  *entries
	provides map[string]bool // so:NAME=VERSION, pc:NAME=VERSION, cmd:NAME, py3.12:NAME
	needs    map[string]bool // so:NAME, pc:NAME>=VERSION, pkgconfig, python3~3.12
	names    map[string]bool // of files and links with .so. in them
	sizes    *tree.Sizes     // of the packages so far
	spool    *os.File        // for programs and libraries, one after the other
}

func newInventory(arch string, foreign bool, options []string, sizes *tree.Sizes) *inventory {
	return &inventory{
		arch: arch, foreign: foreign, entries: newEntries(options), sizes: sizes,
		provides: map[string]bool{}, needs: map[string]bool{}, names: map[string]bool{},
	}
}

// read reads a package and looks for files in it that apk would fail to install, that have more rights than planned, and for
// programs of another machine, which abuild packs where nothing strips or traces them.
func (c *inventory) read(file, temporary string) (*apk.Package, error) {
	f, err := os.Open(file) //nolint:forbidigo // a copy of this program's own
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // read only
	if c.spool, err = atomicfile.Nameless(temporary); err != nil {
		return nil, err
	}
	defer func() { _ = c.spool.Close() }() // nobody reads it any more
	return apk.Files(f, c.add)
}

var (
	libraryVersion = regexp.MustCompile(`\.so\.([0-9].*)$`)
	pythonModule   = regexp.MustCompile(`^(?:([^/]+)\.py|([^/]+)/__init__\.py)$`)
	pythonFile     = regexp.MustCompile(`^usr/lib/python(3[0-9.]*)/site-packages(?:/(.*))?$`)
)

// add takes an entry.
func (c *inventory) add(entry *tar.Header, content io.Reader) error {
	if err := c.entries.check(entry); err != nil {
		return err
	}
	regular := entry.Typeflag == tar.TypeReg
	const anyExecute = 0o111
	file := strings.TrimSuffix(entry.Name, "/")
	name, dir := path.Base(file), path.Dir(file)
	if slices.Contains([]string{"bin", "sbin", "usr/bin", "usr/sbin"}, dir) && (!regular || entry.Mode&anyExecute != 0) {
		c.provides["cmd:"+name] = true
	}
	if match := pythonFile.FindStringSubmatch(file); match != nil {
		c.needs["python3~"+match[1]] = true
		if module := pythonModule.FindStringSubmatch(match[2]); module != nil {
			c.provides["py"+match[1]+":"+module[1]+module[2]] = true
		}
	}
	for _, place := range []string{"usr/lib/pkgconfig", "usr/share/pkgconfig"} {
		if file == place || dir == place {
			c.needs["pkgconfig"] = true
		}
	}
	if libraryVersion.MatchString(name) {
		c.names[name] = true
	}
	if !regular {
		return nil
	}
	if err := c.sizes.Add(entry.Name, tree.Info{Mode: fs.FileMode(0), Size: entry.Size, Links: 1}); err != nil {
		return builder.Refuse("the packages are too large: %v", err)
	}
	if builder.IsModule(file) {
		return c.addModule(file, content)
	}
	return c.addFile(entry, name, content)
}

// addModule reads a file of pkg-config.
func (c *inventory) addModule(file string, content io.Reader) error {
	text, err := io.ReadAll(io.LimitReader(content, builder.MaxModule+1))
	if err != nil {
		return err
	}
	if len(text) > builder.MaxModule {
		return builder.Refuse("/%s: a pkg-config file has at most %d bytes", file, builder.MaxModule)
	}
	m, err := builder.ParseModule(file, text)
	if err != nil {
		return err
	}
	for _, word := range m.Provides {
		c.provides["pc:"+word] = true
	}
	for _, word := range m.Requires {
		c.needs["pc:"+word] = true
	}
	return nil
}

// addFile looks into a file.
func (c *inventory) addFile(entry *tar.Header, name string, content io.Reader) error {
	head, err := io.ReadAll(io.LimitReader(content, builder.HeadBytes))
	if err != nil || !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return err
	}
	if machine, other := builder.ForeignProgram(head, c.arch); other && c.foreign {
		return builder.Refuse("/%s %s", entry.Name, builder.ForeignText(machine, c.arch))
	}
	_, err = c.spool.Seek(0, io.SeekStart)
	if err = errors.Join(err, c.spool.Truncate(0)); err != nil {
		return err
	}
	if _, err := io.Copy(c.spool, io.MultiReader(bytes.NewReader(head), content)); err != nil {
		return err
	}
	soname, needed := builder.Linked(c.spool)
	for _, library := range needed {
		c.needs["so:"+library] = true
	}
	for _, library := range []string{name, soname} {
		c.provides["so:"+library+"=0"] = true
		if match := libraryVersion.FindStringSubmatch(name); match != nil {
			c.provides["so:"+library+"="+match[1]] = true
		}
	}
	return nil
}

// library reports whether the package has the library in that version, which a link to it may say.
func (c *inventory) library(soname, version string) bool {
	stem, _, _ := strings.Cut(soname, ".so")
	return c.provides["so:"+soname+"="+version] || c.provides["so:"+soname+"=0"] && c.names[stem+".so."+version]
}
