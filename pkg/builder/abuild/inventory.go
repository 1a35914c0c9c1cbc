package abuild

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/atomicfile"
)

// inventory is what the files of a package provide.
type inventory struct {
	arch      string
	foreign   bool // programs for other machines are looked for
	links     symlinks
	commands  map[string]bool // by name
	libraries map[string]bool // by soname
	versions  map[string]bool // behind .so. in names of files
	modules   map[string]bool // of pkg-config
	python    map[string]bool // py3.12:NAME
	spool     *os.File        // for programs and libraries, one after the other
}

// readInventory reads a package and looks for files in it that apk would fail to install, and for programs of another machine,
// which abuild packs where nothing strips or traces them.
func readInventory(file, temporary, arch string, foreign bool) (*apk.Package, *inventory, error) {
	f, err := os.Open(file) //nolint:forbidigo // a copy of this program's own
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = f.Close() }() // read only
	c := &inventory{
		arch: arch, foreign: foreign, links: symlinks{}, commands: map[string]bool{}, libraries: map[string]bool{},
		versions: map[string]bool{},
		modules:  map[string]bool{}, python: map[string]bool{},
	}
	if c.spool, err = atomicfile.Nameless(temporary); err != nil {
		return nil, nil, err
	}
	defer func() { _ = c.spool.Close() }() // nobody reads it any more
	p, err := apk.Files(f, c.add)
	return p, c, err
}

var (
	libraryVersion = regexp.MustCompile(`\.so\.([0-9].*)$`)
	pythonModule   = regexp.MustCompile(`^usr/lib/python(3[0-9.]*)/site-packages/(?:([^/]+)\.py|([^/]+)/__init__\.py)$`)
)

// add takes an entry.
func (c *inventory) add(entry *tar.Header, content io.Reader) error {
	if err := c.links.check(entry); err != nil {
		return err
	}
	const anyExecute = 0o111
	name, dir := path.Base(entry.Name), path.Dir(entry.Name)
	if slices.Contains([]string{"bin", "sbin", "usr/bin", "usr/sbin"}, dir) &&
		(entry.Typeflag != tar.TypeReg || entry.Mode&anyExecute != 0) {
		c.commands[name] = true
	}
	if module, ok := strings.CutSuffix(name, ".pc"); ok && (dir == "usr/lib/pkgconfig" || dir == "usr/share/pkgconfig") {
		c.modules[module] = true
	}
	if match := pythonModule.FindStringSubmatch(entry.Name); match != nil {
		c.python["py"+match[1]+":"+match[2]+match[3]] = true
	}
	if match := libraryVersion.FindStringSubmatch(name); match != nil {
		c.versions[match[1]] = true
	}
	if entry.Typeflag != tar.TypeReg {
		return nil
	}
	return c.addFile(entry, name, content)
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
	if !strings.Contains(name, ".so") {
		return nil
	}
	_, err = c.spool.Seek(0, io.SeekStart)
	if err = errors.Join(err, c.spool.Truncate(0)); err != nil {
		return err
	}
	if _, err := io.Copy(c.spool, io.MultiReader(bytes.NewReader(head), content)); err != nil {
		return err
	}
	c.libraries[name] = true
	if soname := builder.Soname(c.spool); soname != "" {
		c.libraries[soname] = true
	}
	return nil
}
