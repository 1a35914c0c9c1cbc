package roottest

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
)

// argument makes a test binary the stand-in of apk.
const argument = "roottest-apk"

// Main must be called first in TestMain: it ends the process where it was started as the stand-in of apk.
func Main() {
	if len(os.Args) < 2 || os.Args[1] != argument {
		return
	}
	unix.Umask(0) // as apk does
	if err := install(os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "ERROR:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// installer installs packages into a root.
type installer struct {
	root, repository string
	index            *index.Index
	installed        map[string]bool
}

// install does what `apk add --root DIR --initdb --arch ARCH … PACKAGE…` does.
func install(args []string) error {
	x := installer{installed: map[string]bool{}}
	var arch string
	var names []string
	for i := 1; i < len(args); i++ {
		switch args[i] {
		case "--root":
			i++
			x.root = args[i]
		case "--arch":
			i++
			arch = args[i]
		case "--initdb", "--no-cache", "--no-progress":
		default:
			names = append(names, args[i])
		}
	}
	repositories, err := os.ReadFile(filepath.Join(x.root, "etc/apk/repositories"))
	if err != nil {
		return err
	}
	main, _, _ := strings.Cut(string(repositories), "\n")
	x.repository = main + "/" + arch + "/"
	if err := x.readIndex(); err != nil {
		return err
	}
	for _, name := range names {
		if err := x.add(apk.DependencyName(name)); err != nil {
			return err
		}
	}
	return nil
}

// readIndex reads the index, which a key of the root must have signed.
func (x *installer) readIndex() error {
	files, err := filepath.Glob(filepath.Join(x.root, "etc/apk/keys/*.pub"))
	if err != nil || len(files) == 0 {
		return errors.Join(errors.New("there are no keys"), err)
	}
	var keys []*apk.PublicKey
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		key, err := apk.ParsePublicKey(filepath.Base(file), text)
		if err != nil {
			return err
		}
		keys = append(keys, key)
	}
	text, err := get(x.repository + "APKINDEX.tar.gz")
	if err == nil {
		x.index, err = index.Read(bytes.NewReader(text), keys...)
	}
	return err
}

func (x *installer) add(name string) error {
	if x.installed[name] {
		return nil
	}
	x.installed[name] = true
	for _, e := range x.index.Entries {
		if e.Name != name {
			continue
		}
		for _, word := range e.Depends {
			if strings.Contains(word, ":") { // of what was traced
				continue
			}
			if err := x.add(apk.DependencyName(word)); err != nil {
				return err
			}
		}
		return x.unpack(e)
	}
	return fmt.Errorf("unable to select packages:\n  %s (no such package):\n    required by: world[%s]", name, name)
}

func (x *installer) unpack(e index.Entry) error {
	text, err := get(x.repository + e.Filename())
	if err != nil {
		return err
	}
	fmt.Println("Installing", e.Name)
	p, err := apk.Files(bytes.NewReader(text), x.write)
	if err == nil && p.Checksum != e.Checksum {
		err = errors.New(e.Name + ": BAD signature")
	}
	if err != nil {
		return err
	}
	database := filepath.Join(x.root, "lib/apk/db/installed")
	if err := os.MkdirAll(filepath.Dir(database), 0o755); err != nil {
		return err
	}
	f, err := os.OpenFile(database, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(f, "P:%s\nV:%s\n\n", e.Name, e.Version)
	return errors.Join(err, f.Close())
}

func (x *installer) write(h *tar.Header, content io.Reader) error {
	file := filepath.Join(x.root, h.Name)
	switch h.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(file, 0o755)
	case tar.TypeSymlink:
		return os.Symlink(h.Linkname, file)
	}
	text, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, h.FileInfo().Mode().Perm())
}

func get(address string) ([]byte, error) {
	r, err := http.Get(address)
	if err != nil {
		return nil, err
	}
	defer r.Body.Close()
	if r.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", address, r.Status)
	}
	return io.ReadAll(r.Body)
}
