package dir_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/storetest"
)

// TestMain lets the test binary play a publisher of its own.
func TestMain(m *testing.M) {
	if root := os.Getenv("DIR_TEST_WRITER"); root != "" {
		os.Exit(writer(root))
	}
	if root := os.Getenv("DIR_TEST_CRASHER"); root != "" {
		if err := crasher(root); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func writer(root string) int {
	st, err := dir.New(root)
	for i := range 25 {
		if err == nil {
			err = storetest.Add(st, "a/counter", fmt.Sprint(os.Getpid(), i))
		}
	}
	if err == nil {
		_, err = storetest.Put(st, "a/winner", "me", store.PutOptions{IfAbsent: true})
		if errors.Is(err, store.ErrConflict) {
			return 3
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func newStore(t *testing.T, root string) *dir.Store {
	t.Helper()
	st, err := dir.New(root)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestStore(t *testing.T) {
	storetest.Run(t, newStore(t, filepath.Join(t.TempDir(), "made", "on", "first write")))
}

func TestProcesses(t *testing.T) {
	root := t.TempDir()
	st := newStore(t, root)
	if _, err := storetest.Put(st, "a/counter", "", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	const processes = 6
	var children []*exec.Cmd
	for range processes {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "DIR_TEST_WRITER="+root)
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child)
	}
	winners := 0
	for _, child := range children {
		err := child.Wait()
		var exit *exec.ExitError
		switch {
		case err == nil:
			winners++
		case !errors.As(err, &exit) || exit.ExitCode() != 3:
			t.Errorf("a writer failed: %v", err)
		}
	}
	if winners != 1 {
		t.Errorf("%d processes made the object that was to be absent", winners)
	}
	if text, _ := storetest.Read(t, st, "a/counter"); strings.Count(text, "\n") != processes*25 {
		t.Errorf("%d of %d additions survived", strings.Count(text, "\n"), processes*25)
	}
	if diff := cmp.Diff([]string{".pakman.lock", "a"}, names(t, root)); diff != "" {
		t.Errorf("files in the root:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"counter", "winner"}, names(t, filepath.Join(root, "a"))); diff != "" {
		t.Errorf("files left behind:\n%s", diff)
	}
}

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// A writer that was killed leaves a hidden file; it is never listed, and the next run takes it away.
func TestSweep(t *testing.T) {
	root := t.TempDir()
	old := filepath.Join(root, ".pakman-OLD")
	fresh := filepath.Join(root, ".pakman-FRESH")
	for _, file := range []string{old, fresh} {
		if err := os.WriteFile(file, []byte("half"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chtimes(old, time.Now(), time.Now().Add(-time.Hour)); err != nil {
		t.Fatal(err)
	}
	st := newStore(t, root)
	if keys := storetest.Keys(t, st, ""); len(keys) != 0 {
		t.Errorf("listed %q", keys)
	}
	if _, err := storetest.Put(st, "x", "x", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{".pakman-FRESH", ".pakman.lock", "x"}, names(t, root)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if _, err := storetest.Put(st, ".pakman-x/y", "x", store.PutOptions{}); err == nil {
		t.Error("a hidden key is allowed")
	}
}

// failing is a content that ends early.
type failing struct{ store.Content }

func (failing) Size() int64 { return 99 }

func TestFailedPutLeavesNothing(t *testing.T) {
	root := t.TempDir()
	st := newStore(t, root)
	if _, err := st.Put(context.Background(), "x", failing{store.BytesContent([]byte("short"))}, store.PutOptions{}); err == nil {
		t.Error("a short content is taken")
	}
	missing := fileThatGoes(t)
	if _, err := st.Put(context.Background(), "x", missing, store.PutOptions{}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if found := names(t, root); len(found) != 0 {
		t.Errorf("left behind: %q", found)
	}
	if err := os.WriteFile(filepath.Join(root, "file"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Put(st, "file/below", "x", store.PutOptions{}); err == nil {
		t.Error("a file serves as a directory")
	}
}

func fileThatGoes(t *testing.T) store.Content {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	c, err := store.FileContent(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	return c
}

// The lock of another process is waited for, until the context ends.
func TestLockIsWaitedFor(t *testing.T) {
	root := t.TempDir()
	ctx, cancel := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer cancel()
	st := newStore(t, root)
	if _, err := storetest.Put(st, "x", "x", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	defer dir.HoldLock(t, root)()
	if _, err := st.Put(ctx, "x", store.BytesContent([]byte("y")), store.PutOptions{}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Put while another holds the lock: %v", err)
	}
	if err := st.Delete(ctx, "x"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Delete while another holds the lock: %v", err)
	}
	if text, _ := storetest.Read(t, st, "x"); text != "x" {
		t.Errorf("changed to %q", text)
	}
}

func TestCheck(t *testing.T) {
	root := t.TempDir()
	file := filepath.Join(root, "file")
	if err := os.WriteFile(file, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{file, filepath.Join(file, "below")} {
		var problem *store.Problem
		if err := newStore(t, path).Check(context.Background()); !errors.As(err, &problem) {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := dir.New(""); err == nil {
		t.Error("an empty name is allowed")
	}
	if os.Geteuid() == 0 {
		return // may write anywhere
	}
	if err := os.Chmod(root, 0o555); err != nil {
		t.Fatal(err)
	}
	if err := newStore(t, filepath.Join(root, "new")).Check(context.Background()); err == nil {
		t.Error("a directory that may not be written to is accepted")
	}
}

func TestURL(t *testing.T) {
	got := newStore(t, "/srv/a b").URL("keys/a+b.pub")
	if want := "file:///srv/a%20b/keys/a+b.pub"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if rel := newStore(t, "rel").URL("k"); !strings.HasPrefix(rel, "file:///") {
		t.Errorf("%s is not absolute", rel)
	}
}

// A store that is only read needs no right to write, and tells old from new without reading the files.
func TestReader(t *testing.T) {
	root := t.TempDir()
	writer, err := dir.New(root)
	if err != nil {
		t.Fatal(err)
	}
	reader, err := dir.NewReader(root)
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, text := range []string{"one", "two", "two"} {
		if _, err := storetest.Put(writer, "a/b", text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		got, info := storetest.Read(t, reader, "a/b")
		again, err := reader.Stat(t.Context(), "a/b")
		if err != nil || got != text || again != info || info.Size != 3 || seen[info.ETag] {
			t.Errorf("%q, %+v, then %+v, %v", got, info, again, err)
		}
		seen[info.ETag] = true
	}
	if _, _, err := reader.Get(t.Context(), "a"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a directory: %v", err)
	}
	if err := reader.Check(t.Context()); err != nil {
		t.Error(err)
	}
	missing, err := dir.NewReader(filepath.Join(root, "missing"))
	if err != nil {
		t.Fatal(err)
	}
	var problem *store.Problem
	if err := missing.Check(t.Context()); !errors.As(err, &problem) || !strings.Contains(err.Error(), "there is no directory") {
		t.Errorf("a missing one: %v", err)
	}
}
