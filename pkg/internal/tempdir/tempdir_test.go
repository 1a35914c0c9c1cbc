package tempdir

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// held keeps the directories of the other program from the garbage collector, which would close their locks.
var held []*Dir

// TestMain makes directories and waits, when it is started by a test here.
func TestMain(m *testing.M) {
	if os.Getenv("TEMPDIR_TEST_HOLD") == "" {
		os.Exit(m.Run())
	}
	for _, make := range []func() (*Dir, error){NewFixed, New} {
		d, err := make()
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		held = append(held, d)
		fmt.Println(d.Path)
	}
	select {}
}

// again lets the next directory sweep again, as in another run of the program.
func again() { sweepOnce = sync.Once{} }

// hold starts a program that holds two directories, the first at the fixed path.
func hold(t *testing.T) (cmd *exec.Cmd, paths []string) {
	t.Helper()
	cmd = exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TEMPDIR_TEST_HOLD=1")
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	for len(paths) < 2 && lines.Scan() {
		paths = append(paths, lines.Text())
	}
	if len(paths) < 2 {
		t.Fatalf("the other program answers %q", paths)
	}
	return cmd, paths
}

// leave writes a tree as builds leave it: with a directory that nobody may write to, and a link out of it.
func leave(t *testing.T, dir, outside string) {
	t.Helper()
	closed := filepath.Join(dir, "cache", "closed")
	err := errors.Join(os.MkdirAll(closed, 0o755), os.WriteFile(filepath.Join(closed, "file"), nil, 0o444),
		os.Symlink(outside, filepath.Join(closed, "link")), os.Symlink(outside, filepath.Join(dir, "link")), os.Chmod(closed, 0o500))
	if err != nil {
		t.Fatal(err)
	}
}

func setTemp(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err == nil {
		dir = filepath.Join(dir, "with a space")
		err = os.Mkdir(dir, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", dir)
	again()
	return dir
}

// What a killed run left is removed by the next one, which has the same path again. What a living one has stays.
func TestKilled(t *testing.T) {
	temp := setTemp(t)
	outside := t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "mine"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	killed, left := hold(t)
	if left[0] != filepath.Join(temp, prefix) {
		t.Errorf("the fixed path is %s", left[0])
	}
	for _, dir := range left {
		leave(t, dir, outside)
	}
	other, err := NewFixed()
	if err != nil || other.Path == left[0] {
		t.Fatalf("two runs at %v, %v", other, err)
	}
	for _, dir := range left {
		if _, err := os.Lstat(filepath.Join(dir, "cache/closed/file")); err != nil {
			t.Errorf("a living run lost its files: %v", err)
		}
	}
	if err := killed.Process.Kill(); err != nil { // SIGKILL
		t.Fatal(err)
	}
	_ = killed.Wait()
	again()
	fixed, err := NewFixed()
	if err != nil || fixed.Path != left[0] {
		t.Fatalf("after the kill %v, %v; want %s", fixed, err, left[0])
	}
	if entries, err := os.ReadDir(fixed.Path); err != nil || len(entries) != 1 {
		t.Errorf("the new directory has %v, %v", entries, err)
	}
	if _, err := os.Lstat(left[1]); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%s is still there: %v", left[1], err)
	}
	if _, err := os.Lstat(filepath.Join(outside, "mine")); err != nil {
		t.Errorf("a link was followed: %v", err)
	}
	leave(t, fixed.Path, outside)
	if err := errors.Join(fixed.Remove(), other.Remove()); err != nil {
		t.Error(err)
	}
	if entries, err := os.ReadDir(temp); err != nil || len(entries) > 0 {
		t.Errorf("left: %v, %v", entries, err)
	}
}

// What this package did not make stays, whatever its name.
func TestForeignDirectories(t *testing.T) {
	temp := setTemp(t)
	elsewhere := t.TempDir()
	err := errors.Join(
		os.MkdirAll(filepath.Join(temp, prefix, "mine"), 0o700),
		os.MkdirAll(filepath.Join(temp, "pakman-2", ".git"), 0o755), // without a lock file
		os.Mkdir(filepath.Join(temp, "pakman-output"), 0o755),
		os.WriteFile(filepath.Join(elsewhere, lockFile), nil, 0o600), os.Symlink(elsewhere, filepath.Join(temp, "pakman-3")),
		os.Mkdir(filepath.Join(temp, "pakman-4"), 0o755), os.Symlink(filepath.Join(elsewhere, lockFile),
			filepath.Join(temp, "pakman-4", lockFile)),
		os.WriteFile(filepath.Join(temp, "pakman-6"), nil, 0o600),
	)
	if err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 {
		theirs := filepath.Join(temp, "pakman-5")
		err := errors.Join(os.Mkdir(theirs, 0o755), os.WriteFile(filepath.Join(theirs, lockFile), nil, 0o666),
			os.Chown(theirs, 12345, 12345))
		if err != nil {
			t.Fatal(err)
		}
	}
	before, err := os.ReadDir(temp)
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewFixed()
	if err != nil || d.Path == filepath.Join(temp, prefix) {
		t.Fatalf("%v, %v", d, err)
	}
	if err := d.Remove(); err != nil {
		t.Error(err)
	}
	after, err := os.ReadDir(temp)
	if err != nil || len(after) != len(before) {
		t.Errorf("%v became %v, %v", before, after, err)
	}
	if _, err := os.Lstat(filepath.Join(elsewhere, lockFile)); err != nil {
		t.Error("a link was followed")
	}
}

// Of many runs that start at once with a dead directory at the fixed path, none loses what it makes.
func TestAtOnce(t *testing.T) {
	setTemp(t)
	killed, _ := hold(t)
	_ = killed.Process.Kill()
	_ = killed.Wait()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 40 {
				sweep()
				d, err := NewFixed()
				if err != nil {
					t.Error(err)
					return
				}
				file := filepath.Join(d.Path, "file")
				if err := os.WriteFile(file, nil, 0o600); err != nil {
					t.Error(err)
				}
				sweep()
				if _, err := os.Lstat(file); err != nil {
					t.Errorf("a directory that is held was swept: %v", err)
				}
				if err := d.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestModes(t *testing.T) {
	setTemp(t)
	d, err := New()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(d.Path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if err := d.Remove(); err != nil {
		t.Error(err)
	}
}

// What a build left without permissions is removed with its directory; what links lead to stays.
func TestRemove(t *testing.T) {
	dir, other := t.TempDir(), filepath.Join(t.TempDir(), "kept")
	closed := filepath.Join(dir, "a", "closed")
	if err := errors.Join(os.MkdirAll(filepath.Join(closed, "below"), 0o755), os.WriteFile(other, nil, 0o644),
		os.Symlink(filepath.Dir(other), filepath.Join(closed, "link")), os.Chmod(closed, 0)); err != nil {
		t.Fatal(err)
	}
	for range 2 { // nothing is left the second time
		if err := Remove(filepath.Join(dir, "a")); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Lstat(filepath.Join(dir, "a")); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if _, err := os.Stat(other); err != nil {
		t.Error(err)
	}
	if err := Remove(filepath.Join(dir, "none", "none")); err != nil {
		t.Error(err)
	}
}
