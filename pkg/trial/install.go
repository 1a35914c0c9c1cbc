package trial

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/sandbox"
)

// install makes the root directory: the packages' files, and links to what the machine has besides.
func (m *machine) install(packages []string) error {
	err := os.Mkdir(m.path, 0o755) //#nosec G301 -- the services' user passes through
	if err == nil {
		err = os.Chmod(m.path, 0o755) //#nosec G302 -- likewise, whatever the umask
	}
	if err == nil {
		m.dir, err = os.OpenRoot(m.path)
	}
	if err != nil {
		return err
	}
	for _, file := range packages {
		if err := m.unpack(file); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	if err := m.complete(); err != nil {
		return fmt.Errorf("make a machine to try the packages on: %w", err)
	}
	if len(m.depends) > 0 {
		m.notes = append(m.notes, "not installed: "+strings.Join(m.depends, ", ")+"; this machine's programs are used, where it has them")
	}
	return nil
}

// unpack installs the files of a package, whose names and links are whatever it says: os.Root keeps them in the directory.
func (m *machine) unpack(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // only read
	pkg, err := apk.Files(f, m.entry)
	if err != nil {
		return err
	}
	if err := foreign(pkg); err != nil {
		return err
	}
	m.scripts = append(m.scripts, pkg.Scripts...)
	for _, word := range pkg.Info.Depends {
		if name := apk.DependencyName(word); !strings.HasPrefix(word, "!") && !slices.Contains(m.depends, name) {
			m.depends = append(m.depends, name)
		}
	}
	return nil
}

func (m *machine) entry(h *tar.Header, content io.Reader) error {
	name := path.Clean(strings.TrimPrefix(h.Name, "/"))
	if name == "." {
		return nil
	}
	if err := m.makeDir(path.Dir(name)); err != nil {
		return err
	}
	mode := fs.FileMode(h.Mode) & fs.ModePerm //#nosec G115 -- the bits are taken
	switch h.Typeflag {
	case tar.TypeDir:
		if err := m.makeDir(name); err != nil {
			return err
		}
		mode |= 0o700
		if h.Mode&0o1000 != 0 {
			mode |= fs.ModeSticky
		}
	case tar.TypeReg:
		if err := m.write(name, content); err != nil {
			return err
		}
	case tar.TypeSymlink:
		return errors.Join(m.clear(name), m.dir.Symlink(h.Linkname, name))
	case tar.TypeLink:
		return errors.Join(m.clear(name), m.dir.Link(path.Clean(strings.TrimPrefix(h.Linkname, "/")), name))
	default:
		return nil // devices need root
	}
	if name == "var/lib/"+m.name && h.Gname != "root" {
		m.user = h.Gname
	}
	if !sandbox.SameUser() {
		if err := m.dir.Chown(name, m.idOf(h.Uname), m.idOf(h.Gname)); err != nil {
			return err
		}
	}
	return m.dir.Chmod(name, mode)
}

// makeDir makes a directory, and those above it, that everybody may enter, whatever the umask is. What a package has in its place,
// such as a link, stays.
func (m *machine) makeDir(name string) error {
	if _, err := m.dir.Lstat(name); err == nil {
		return nil
	}
	if above := path.Dir(name); above != "." {
		if err := m.makeDir(above); err != nil {
			return err
		}
	}
	if err := m.dir.Mkdir(name, 0o755); err != nil {
		return err
	}
	return m.dir.Chmod(name, 0o755)
}

// clear removes what is there under a name.
func (m *machine) clear(name string) error {
	if err := m.dir.Remove(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func (m *machine) write(name string, content io.Reader) error {
	if err := m.clear(name); err != nil {
		return err
	}
	f, err := m.dir.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, content)
	return errors.Join(err, f.Close())
}

// complete adds what every machine has: its users, directories, and the files of this machine.
func (m *machine) complete() error {
	own := []string{"run/" + m.name, "var/log/" + m.name}
	for _, dir := range append([]string{"etc", "proc", "dev", "tmp", "var/tmp"}, own...) {
		if err := m.makeDir(dir); err != nil {
			return err
		}
	}
	owner := m.idOf(m.user)
	for _, dir := range own {
		if err := m.dir.Lchown(dir, owner, owner); err != nil {
			return err
		}
	}
	passwd, group := "root:x:0:0:root:/root:/bin/sh\n", "root:x:0:\n"
	for _, name := range append([]string{m.user}, m.users...) {
		if name == "" || name == "root" || strings.Contains(passwd, "\n"+name+":") {
			continue
		}
		line := fmt.Sprintf("%s:x:%d:%d::/var/lib/%s:/sbin/nologin\n", name, m.idOf(name), m.idOf(name), m.name)
		if passwd, group = passwd+line, fmt.Sprintf("%s%s:x:%d:\n", group, name, m.idOf(name)); sandbox.SameUser() {
			passwd = "\n" + line + passwd
		}
	}
	files := map[string]string{
		"etc/passwd": strings.TrimPrefix(passwd, "\n"), "etc/group": group, "etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
		"etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
	}
	for name, text := range files {
		if err := m.write(name, strings.NewReader(text)); err != nil {
			return err
		}
		if err := m.dir.Chmod(name, 0o644); err != nil {
			return err
		}
	}
	for _, dir := range []string{"tmp", "var/tmp"} {
		if err := m.dir.Chmod(dir, 0o777|fs.ModeSticky); err != nil {
			return err
		}
	}
	for _, step := range []func() error{m.becomes, m.link, func() error { return m.settings("etc") }} {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// becomes makes s6-setuidgid, as the services run as their user already.
func (m *machine) becomes() error {
	const name = "usr/bin/s6-setuidgid"
	if err := m.makeDir(path.Dir(name)); err != nil {
		return err
	}
	if err := m.write(name, strings.NewReader("#!/bin/sh\nshift\nexec \"$@\"\n")); err != nil {
		return err
	}
	return m.dir.Chmod(name, 0o755)
}

// link adds links to the machine's programs and libraries, where no package has a file.
func (m *machine) link() error {
	for _, top := range seen {
		switch top {
		case "proc", "dev", "sys", "tmp", "var":
			continue
		}
		if err := m.linkTo(top); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) linkTo(name string) error {
	there, err := os.Stat(filepath.Join("/", name))
	if err != nil {
		return nil //nolint:nilerr // this machine has no such thing
	}
	here, err := m.dir.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m.dir.Symlink(path.Join(sandbox.Machine, name), name)
	case err != nil:
		return err
	case !here.IsDir() || !there.IsDir():
		return nil
	}
	entries, err := os.ReadDir(filepath.Join("/", name))
	if err != nil {
		return nil //nolint:nilerr // closed to this user
	}
	for _, e := range entries {
		if err := m.linkTo(path.Join(name, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// hides reports whether the packages must not read the file of the machine.
func (m *machine) hides(name string) bool {
	return slices.ContainsFunc(m.hide, func(place string) bool { return name == place || strings.HasPrefix(name, place+"/") })
}

// settings copies the machine's files below /etc that everybody can read and nothing hides, where no package has a file.
func (m *machine) settings(dir string) error {
	at, err := filepath.EvalSymlinks(filepath.Join("/", dir))
	if err != nil {
		return nil //nolint:nilerr // closed to this user
	}
	entries, err := os.ReadDir(at)
	if err != nil {
		return nil //nolint:nilerr // closed to this user
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || m.hides(filepath.Join(at, e.Name())) {
			continue // it is gone, or hidden
		}
		if err := m.setting(path.Join(dir, e.Name()), info); err != nil {
			return err
		}
	}
	return nil
}

// setting copies a file of the machine, or a directory with what settings copies of it.
func (m *machine) setting(name string, info fs.FileInfo) error {
	here, err := m.dir.Lstat(name)
	missing := errors.Is(err, fs.ErrNotExist)
	switch {
	case info.IsDir() && info.Mode()&0o005 == 0o005 && (missing || err == nil && here.IsDir()):
		return errors.Join(m.makeDir(name), m.settings(name))
	case missing && info.Mode()&fs.ModeSymlink != 0:
		if target, err := os.Readlink(filepath.Join("/", name)); err == nil {
			return m.dir.Symlink(target, name)
		}
	case missing && info.Mode().IsRegular() && info.Mode()&0o004 != 0:
		if text, err := os.ReadFile(filepath.Join("/", name)); err == nil { // else it is gone
			return errors.Join(m.write(name, bytes.NewReader(text)), m.dir.Chmod(name, info.Mode().Perm()))
		}
	}
	return nil
}
