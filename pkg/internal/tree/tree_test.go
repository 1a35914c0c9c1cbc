package tree

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func open(t *testing.T, path string) *Dir {
	t.Helper()
	d, err := Open(path)
	must(t, err)
	t.Cleanup(func() { must(t, d.Close()) })
	return d
}

// No name leads out of the tree, whichever element of it is a link, and whatever is asked for.
func TestNoLinkIsFollowed(t *testing.T) {
	outside := t.TempDir()
	must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("hunter2"), 0o644))
	must(t, os.Mkdir(filepath.Join(outside, "empty"), 0o755))
	root := t.TempDir()
	must(t, os.Symlink(outside, filepath.Join(root, "out")))
	must(t, os.Symlink(filepath.Join(outside, "secret"), filepath.Join(root, "file")))
	must(t, os.Mkdir(filepath.Join(root, "real"), 0o755))
	must(t, os.Symlink("real", filepath.Join(root, "inner")))
	must(t, os.WriteFile(filepath.Join(root, "real", "f"), nil, 0o644))
	d := open(t, root)
	for _, name := range []string{"out/secret", "file", "inner/f", "../" + filepath.Base(outside), "real/../real/f", "out/empty",
		"/etc/passwd"} {
		for call, try := range map[string]func() error{
			"Open":      func() error { _, err := d.Open(name); return err },
			"ReadFile":  func() error { _, err := d.ReadFile(name, 100); return err },
			"ReadDir":   func() error { _, err := d.ReadDir(name); return err },
			"Sub":       func() error { _, err := d.Sub(name); return err },
			"Overwrite": func() error { return d.Overwrite(name, func(w io.Writer) error { _, err := w.Write(nil); return err }) },
			"WriteFile": func() error { return d.WriteFile(name+"/x", []byte("x"), 0o644) },
			"Mkdir":     func() error { return d.Mkdir(name+"/x", 0o755) },
			"Symlink":   func() error { return d.Symlink("f", name+"/x") },
			"Remove below": func() error {
				if strings.HasPrefix(name, "out/") || strings.HasPrefix(name, "inner/") {
					return d.Remove(name)
				}
				return errors.New("removing a link itself is right")
			},
			"Lstat below": func() error { _, err := d.Lstat(name + "/x"); return err },
		} {
			if err := try(); err == nil {
				t.Errorf("%s(%s) succeeded", call, name)
			}
		}
	}
	if text, err := os.ReadFile(filepath.Join(outside, "secret")); err != nil || string(text) != "hunter2" {
		t.Errorf("outside: %q, %v", text, err)
	}
}

// The same holds where the kernel resolves one element at a time.
func TestStep(t *testing.T) {
	root := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(root, "a/b"), 0o755))
	must(t, os.Symlink("a", filepath.Join(root, "l")))
	d := open(t, root)
	fd, err := step(d.fd(), "a/b", unix.O_RDONLY|unix.O_DIRECTORY)
	must(t, err)
	must(t, unix.Close(fd))
	for _, name := range []string{"l/b", "l", "a/../a", "../x", "/etc", "a//b"} {
		if fd, err := step(d.fd(), name, unix.O_RDONLY|unix.O_DIRECTORY); err == nil {
			t.Errorf("%s: opened", name)
			must(t, unix.Close(fd))
		}
	}
}

// What is no regular file is refused at once, also what would wait for somebody else.
func TestOnlyRegularFilesAreOpened(t *testing.T) {
	root := t.TempDir()
	must(t, syscall.Mkfifo(filepath.Join(root, "pipe"), 0o644))
	must(t, os.Mkdir(filepath.Join(root, "dir"), 0o755))
	d := open(t, root)
	done := make(chan error, 2)
	for _, name := range []string{"pipe", "dir"} {
		go func() { _, err := d.Open(name); done <- err }()
	}
	for range 2 {
		select {
		case err := <-done:
			if !errors.Is(err, errNotRegular) {
				t.Errorf("%v", err)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("it waits")
		}
	}
}

func TestReadFileHasALimit(t *testing.T) {
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "sparse"), nil, 0o644))
	must(t, os.Truncate(filepath.Join(root, "sparse"), 1<<40))
	if _, err := open(t, root).ReadFile("sparse", 10); err == nil || !strings.Contains(err.Error(), "larger than 10 bytes") {
		t.Errorf("%v", err)
	}
}

func TestLimits(t *testing.T) {
	deep := t.TempDir()
	must(t, os.MkdirAll(filepath.Join(deep, strings.Repeat("d/", MaxDepth+2)), 0o755))
	long := t.TempDir()
	must(t, os.Chmod(long, 0o755))
	d := open(t, long)
	at := d.fd()
	for range 20 { // by descriptors, as no path may be as long
		must(t, unix.Mkdirat(at, strings.Repeat("n", 240), 0o755))
		next, err := unix.Openat(at, strings.Repeat("n", 240), unix.O_RDONLY|unix.O_DIRECTORY, 0)
		must(t, err)
		at = next
		t.Cleanup(func() { _ = unix.Close(next) })
	}
	many := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		must(t, os.WriteFile(filepath.Join(many, name), nil, 0o644))
	}
	full := open(t, many)
	full.most = 2
	for want, dir := range map[string]*Dir{"levels deep": open(t, deep), "more than 4000 bytes": d, "more than 2 files": full} {
		if _, err := dir.List(context.Background()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// Many files are refused before one of them is read, and a file with two names counts once.
func TestSizes(t *testing.T) {
	root := t.TempDir()
	for _, name := range []string{"a", "b", "c"} {
		must(t, os.WriteFile(filepath.Join(root, name), nil, 0o644))
		must(t, os.Truncate(filepath.Join(root, name), MaxBytes/3))
		must(t, os.Link(filepath.Join(root, name), filepath.Join(root, name+"2")))
	}
	d := open(t, root)
	list, err := d.List(context.Background())
	must(t, err)
	var sizes Sizes
	must(t, sizes.AddAll(context.Background(), d, list))
	must(t, os.WriteFile(filepath.Join(root, "d"), []byte("more"), 0o644))
	info, err := d.Lstat("d")
	must(t, err)
	if err := sizes.Add("d", info); err == nil || !strings.Contains(err.Error(), "/d: with it, the files have more than 64 GiB") {
		t.Errorf("%v", err)
	}
}

// A directory that is swapped for a link again and again never gives anything of what lies outside.
func TestSwappedDirectory(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	must(t, os.Mkdir(filepath.Join(root, "dir"), 0o755))
	must(t, os.WriteFile(filepath.Join(root, "dir/f"), []byte("inside"), 0o644))
	must(t, os.WriteFile(filepath.Join(outside, "f"), []byte("outside"), 0o644))
	must(t, os.Symlink(outside, filepath.Join(root, "link")))
	d := open(t, root)
	stop := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-stop:
				return
			default:
				_ = unix.Renameat2(d.fd(), "dir", d.fd(), "link", unix.RENAME_EXCHANGE)
			}
		}
	}()
	read := 0
	for range 20_000 {
		text, err := d.ReadFile("dir/f", 100)
		if err == nil {
			read++
			if string(text) != "inside" {
				t.Fatalf("%q", text)
			}
		}
	}
	close(stop)
	<-ended
	if read == 0 {
		t.Error("it was never the directory")
	}
}

func TestOverwriteKeepsTheFile(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "f")
	must(t, os.WriteFile(file, []byte("long text"), 0o644))
	must(t, os.Chmod(file, 0o555|fs.ModeSetuid))
	d := open(t, root)
	before, err := d.Lstat("f")
	must(t, err)
	must(t, d.Overwrite("f", func(w io.Writer) error { _, err := w.Write([]byte("new")); return err }))
	after, err := d.Lstat("f")
	must(t, err)
	if text, err := os.ReadFile(file); err != nil || string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
	before.Size = after.Size
	if before != after {
		t.Errorf("%+v, before %+v", after, before)
	}
}
