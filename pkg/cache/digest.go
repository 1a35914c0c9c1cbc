package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Digest gathers what packages are made from. Two digests are equal only when the same was added to them in the same
// order.
type Digest struct{ h hash.Hash }

// NewDigest returns an empty digest.
func NewDigest() Digest { return Digest{sha256.New()} }

// Add adds a value as Go writes it; of maps the order does not matter.
func (d Digest) Add(name string, value any) {
	fmt.Fprintf(d.h, "%q %#v\n", name, value)
}

// String returns what was added so far, in hexadecimal digits.
func (d Digest) String() string { return hex.EncodeToString(d.h.Sum(nil)) }

// Tree adds names, types, modes and contents of all that lies below dir.
func (d Digest) Tree(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		d.Add(name, uint32(info.Mode()))
		switch {
		case info.Mode().IsRegular():
			return d.File(path)
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := os.Readlink(path)
			d.Add("link", target)
			return err
		}
		return nil
	})
}

// File adds the content of a file.
func (d Digest) File(path string) error {
	f, err := os.Open(path) //#nosec G304 -- only its hash is taken
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	content := sha256.New()
	if _, err := io.Copy(content, f); err != nil {
		return err
	}
	d.Add("content", hex.EncodeToString(content.Sum(nil)))
	return nil
}

// installed are where Alpine and Debian write down which packages the machine has, with their versions.
var installed = []string{"/lib/apk/db/installed", "/usr/lib/apk/db/installed", "/var/lib/dpkg/status"}

// Machine adds what builds run with: this very program, the programs on path (by name, size and time, as reading them
// all would take long), and the packages that are installed.
func (d Digest) Machine(path string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := d.File(self); err != nil {
		return err
	}
	for _, dir := range filepath.SplitList(path) {
		d.programs(dir)
	}
	return d.Installed("/")
}

// Installed adds the packages that a root directory has.
func (d Digest) Installed(root string) error {
	for _, file := range installed {
		file = filepath.Join(root, file)
		if _, err := os.Stat(file); err == nil {
			if err := d.File(file); err != nil {
				return err
			}
		}
	}
	return nil
}

// programs adds what lies in a directory of PATH. One that is missing has no programs.
func (d Digest) programs(dir string) {
	d.Add("programs", dir)
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		info, err := os.Stat(filepath.Join(dir, e.Name())) // of what links lead to
		if err == nil && !info.IsDir() {
			d.Add(e.Name(), []int64{info.Size(), info.ModTime().UnixNano()})
		}
	}
}

// lockFiles say which dependencies a build downloads.
var lockFiles = map[string]bool{
	"package-lock.json": true, "npm-shrinkwrap.json": true, "pnpm-lock.yaml": true, "yarn.lock": true, "bun.lock": true,
	"go.sum": true, "Cargo.lock": true, "mix.lock": true, "Gemfile.lock": true, "composer.lock": true,
	"poetry.lock": true, "uv.lock": true, "Pipfile.lock": true,
}

// isLock reports whether dependencies are chosen by a file of that name.
func isLock(name string) bool {
	return lockFiles[name] || strings.HasPrefix(name, "requirements") && strings.HasSuffix(name, ".txt")
}

// LockFiles adds the files below dir by which dependencies are chosen.
func (d Digest) LockFiles(dir string) error {
	return filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || !isLock(e.Name()) {
			return err
		}
		name, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		d.Add("lock", name)
		return d.File(path)
	})
}

// Locks adds those of the files of a checkout, slash paths, by which dependencies are chosen, and an APKBUILD, which names sources.
func (d Digest) Locks(dir string, files []string) error {
	for _, name := range files {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if !isLock(filepath.Base(file)) && name != "APKBUILD" {
			continue
		}
		if info, err := os.Lstat(file); err != nil || !info.Mode().IsRegular() {
			continue // a link, which may lead anywhere
		}
		d.Add("lock", name)
		if err := d.File(file); err != nil {
			return err
		}
	}
	return nil
}
