package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/atomicfile"
)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

func TestWrite(t *testing.T) {
	before := unix.Umask(0o027)
	defer unix.Umask(before)
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	failure := errors.New("failure")
	for _, c := range []struct {
		name    string
		options atomicfile.Options
		content string
		fill    error
		want    error
		text    string
		mode    fs.FileMode
	}{
		{name: "first", content: "1", text: "1", mode: 0o640},
		{name: "replaced, whatever the umask", options: atomicfile.Options{Mode: 0o644, Sync: true}, content: "2", text: "2", mode: 0o644},
		{name: "failed", content: "3", fill: failure, want: failure, text: "2", mode: 0o644},
		{name: "taken", options: atomicfile.Options{New: true}, content: "4", want: fs.ErrExist, text: "2", mode: 0o644},
	} {
		err := atomicfile.Write(path, c.options, func(f *os.File) error {
			_, err := f.WriteString(c.content)
			return errors.Join(err, c.fill)
		})
		info, statErr := os.Stat(path)
		if !errors.Is(err, c.want) || c.want == nil && err != nil || statErr != nil || info.Mode() != c.mode || read(t, path) != c.text {
			t.Errorf("%s: %v; %q %v", c.name, err, read(t, path), info.Mode())
		}
	}
	if err := atomicfile.WriteBytes(filepath.Join(dir, "new"), []byte("5"),
		atomicfile.Options{New: true, Sync: true, Mode: 0o600}); err != nil || read(t, filepath.Join(dir, "new")) != "5" {
		t.Errorf("a new file: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 2 {
		t.Errorf("left: %v, %v", entries, err)
	}
	if err := atomicfile.WriteBytes(filepath.Join(dir, "no", "file"), nil, atomicfile.Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

// A file whose writer lives is told from one whose writer is gone.
func TestAbandoned(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	p, err := atomicfile.Create(path, atomicfile.Options{})
	if err != nil {
		t.Fatal(err)
	}
	name := p.Name()
	if atomicfile.Abandoned(name) {
		t.Error("its writer lives")
	}
	if err := p.File.Close(); err != nil { // as the system does it for a process that ends
		t.Fatal(err)
	}
	if !atomicfile.Abandoned(name) {
		t.Error("its writer is gone")
	}
	if atomicfile.Abandoned(path) {
		t.Error("there is no file")
	}
}

// TestSyncDir syncs a directory of a file system that cannot: /proc answers EINVAL.
func TestSyncDir(t *testing.T) {
	dir, err := os.Open("/proc")
	if err != nil {
		t.Skip("needs /proc: ", err)
	}
	defer func() { _ = dir.Close() }()
	if err := dir.Sync(); !errors.Is(err, unix.EINVAL) {
		t.Skip("/proc can be synced here: ", err)
	}
	for _, path := range []string{"/proc", t.TempDir()} {
		if err := atomicfile.SyncDir(path); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	if err := atomicfile.SyncDir(filepath.Join(t.TempDir(), "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing directory: %v", err)
	}
}
