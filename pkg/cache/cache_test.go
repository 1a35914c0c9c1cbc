package cache

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func open(t *testing.T, dir string) *Cache {
	t.Helper()
	c, err := Open(t.Context(), dir, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestKeepAndTake(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "cache"))
	ours := c.Repository("ours")
	packages := []string{write(t, filepath.Join(dir, "b.apk"), "second"), write(t, filepath.Join(dir, "a.apk"), "first")}
	for range 2 { // again, as after a forced build
		if err := ours.Keep("d1", packages); err != nil {
			t.Fatal(err)
		}
	}
	got, err := ours.Take("d1", t.TempDir())
	if err != nil || len(got) != 2 || filepath.Base(got[0]) != "a.apk" || read(t, got[1]) != "second" {
		t.Fatal(got, err)
	}
	// They are copies: what becomes of them is nothing to the cache.
	write(t, got[0], "signed")
	if got, err = ours.Take("d1", t.TempDir()); err != nil || len(got) != 2 || read(t, got[0]) != "first" {
		t.Error(got, err)
	}
	if got, err := ours.Take("d2", t.TempDir()); err != nil || got != nil {
		t.Error("another digest gives", got, err)
	}
}

// What somebody else has written or changed is never used: it is reported and removed.
func TestTakeOnlyOurs(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, c *Cache, place string){
		"changed": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, "a.apk"), "farst")
		},
		"shorter": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, "a.apk"), "")
		},
		"longer": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			if err := os.Truncate(filepath.Join(place, "a.apk"), 1<<40); err != nil { // copying it all would take for ever
				t.Fatal(err)
			}
		},
		"missing": func(_ *testing.T, _ *Cache, place string) { _ = os.Remove(filepath.Join(place, "b.apk")) },
		"a fifo": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			file := filepath.Join(place, "a.apk")
			if err := errors.Join(os.Remove(file), unix.Mkfifo(file, 0o644)); err != nil {
				t.Fatal(err)
			}
		},
		"a link": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			file := filepath.Join(place, "a.apk")
			if err := errors.Join(os.Rename(file, place+".apk"), os.Symlink(place+".apk", file)); err != nil {
				t.Fatal(err)
			}
		},
		"no record": func(_ *testing.T, _ *Cache, place string) { _ = os.Remove(filepath.Join(place, recordFile)) },
		"empty record": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, recordFile), "{}")
		},
		"damaged record": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, recordFile), "{")
		},
		"endless record": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, recordFile), strings.Repeat(" ", maxRecord+9))
		},
		"without a MAC": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, recordFile), `{"packages":{"../../x":{"size":1,"sha256":"00"}}}`)
		},
		"of an older version": func(t *testing.T, _ *Cache, place string) {
			t.Helper()
			write(t, filepath.Join(place, "sums.json"), `{"a.apk":"a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e"}`)
			_ = os.Remove(filepath.Join(place, recordFile))
		},
		"another build's": func(t *testing.T, c *Cache, place string) {
			t.Helper()
			exchange(t, c.Repository("ours"), "other", place)
		},
		"another repository's": func(t *testing.T, c *Cache, place string) {
			t.Helper()
			exchange(t, c.Repository("theirs"), "d", place)
		},
		"another key's": func(t *testing.T, c *Cache, place string) {
			t.Helper()
			other := &Cache{dir: c.dir, secret: []byte("guessed")}
			exchange(t, other.Repository("ours"), "d", place)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir, to := t.TempDir(), t.TempDir()
			c := open(t, filepath.Join(dir, "cache"))
			ours := c.Repository("ours")
			packages := []string{write(t, filepath.Join(dir, "a.apk"), "first"), write(t, filepath.Join(dir, "b.apk"), "second")}
			if err := ours.Keep("d", packages); err != nil {
				t.Fatal(err)
			}
			place := ours.kept("d")
			spoil(t, c, place)
			var untrusted *UntrustedError
			if got, err := ours.Take("d", to); !errors.As(err, &untrusted) || got != nil {
				t.Error(got, err)
			}
			left, err := os.ReadDir(to)
			if _, gone := os.Stat(place); err != nil || len(left) > 0 || gone == nil {
				t.Error("left:", left, err, gone)
			}
			if got, err := ours.Take("d", to); got != nil || err != nil {
				t.Error("after it was removed:", got, err)
			}
		})
	}
}

// exchange keeps another build of the same file names and puts it in place of the one that is there.
func exchange(t *testing.T, r *Repository, digest, place string) {
	t.Helper()
	dir := t.TempDir()
	packages := []string{write(t, filepath.Join(dir, "a.apk"), "hostile"), write(t, filepath.Join(dir, "b.apk"), "second")}
	aside := place + ".aside"
	err := errors.Join(os.Rename(place, aside), r.Keep(digest, packages), os.Rename(r.kept(digest), aside+".new"),
		os.Rename(aside+".new", place))
	if err != nil {
		t.Fatal(err)
	}
}

// Repositories share neither the caches of tools nor kept packages.
func TestRepositoriesApart(t *testing.T) {
	dir := t.TempDir()
	c := open(t, filepath.Join(dir, "cache"))
	a, b := c.Repository("https://example.com/a"), c.Repository("https://example.com/b")
	if a.Tools() == b.Tools() || a.Tools() != c.Repository("https://example.com/a").Tools() {
		t.Error(a.Tools(), b.Tools())
	}
	if err := a.Keep("d", []string{write(t, filepath.Join(dir, "a.apk"), "first")}); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Take("d", t.TempDir()); got != nil || err != nil {
		t.Error(got, err)
	}
	var none *Cache
	if got, err := none.Repository("x").Take("d", dir); got != nil || err != nil || none.Repository("x").Tools() != "" ||
		none.Repository("x").Keep("d", nil) != nil {
		t.Error("a nil cache:", got, err)
	}
}

// age makes all files below dir as old as that.
func age(t *testing.T, dir string, days int) {
	t.Helper()
	at := time.Now().AddDate(0, 0, -days)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		return os.Chtimes(path, at, at)
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestTrim(t *testing.T) {
	dir := t.TempDir()
	c := open(t, dir)
	kilo := strings.Repeat("x", 1000)
	for i, name := range []string{"tools/r/npm", "tools/r/go-mod", "builds/r/d1", "apk"} {
		write(t, filepath.Join(dir, name, "deep", "file"), kilo)
		age(t, filepath.Join(dir, name), 10-i)
	}
	closed := filepath.Join(dir, "tools", "r", "npm", "deep")
	if err := os.Chmod(closed, 0o500); err != nil { // as Go leaves its modules
		t.Fatal(err)
	}
	if removed, err := c.Trim(4000); err != nil || removed != nil {
		t.Error(removed, err)
	}
	other := open(t, dir)
	if removed, err := c.Trim(0); err != nil || removed != nil {
		t.Errorf("while another uses the cache: %v %v", removed, err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	removed, err := c.Trim(2500)
	if diff := cmp.Diff([]string{"tools/r/npm", "tools/r/go-mod"}, removed); err != nil || diff != "" {
		t.Error(err, diff)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "tools", "r", "*")); err != nil || len(left) > 0 {
		t.Error(left, err)
	}
}

// What root keeps for itself is closed to the user who builds, though it may have been restored as that user's.
func TestOwnDirectories(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, keptDir, "r", "d", recordFile), "{}")
	if os.Geteuid() == 0 {
		if err := os.Lchown(filepath.Join(dir, keptDir), 65534, 65534); err != nil {
			t.Fatal(err)
		}
	}
	c := open(t, dir)
	info, err := os.Stat(filepath.Join(dir, keptDir))
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Error(info.Mode(), err)
	}
	for _, d := range []string{dir, c.below(toolsDir), c.Apk()} {
		if info, err := os.Stat(d); err != nil || info.Mode().Perm()&0o055 != 0o055 {
			t.Error(d, info.Mode(), err)
		}
	}
}

func TestDigest(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a"), "one")
	write(t, filepath.Join(dir, "sub", "b"), "two")
	if err := os.Symlink("a", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	step := func(name string, change func() error) {
		t.Helper()
		if err := change(); err != nil {
			t.Fatal(name, err)
		}
		d := NewDigest()
		if err := d.Tree(dir); err != nil {
			t.Fatal(err)
		}
		if other, twice := seen[d.String()]; twice {
			t.Errorf("%s has the digest of %s", name, other)
		}
		seen[d.String()] = name
	}
	in := func(name string) string { return filepath.Join(dir, name) }
	step("nothing", func() error { return nil })
	step("content", func() error { return os.WriteFile(in("a"), []byte("onE"), 0o644) })
	step("mode", func() error { return os.Chmod(in("a"), 0o755) })
	step("name", func() error { return os.Rename(in("a"), in("A")) })
	step("link", func() error { return os.Symlink("b", in("sub/link")) })
	step("target", func() error {
		return errors.Join(os.Remove(in("sub/link")), os.Symlink("c", in("sub/link")))
	})
	step("empty directory", func() error { return os.Mkdir(in("empty"), 0o755) })
	step("a file like a directory", func() error { _ = os.Remove(in("empty")); return os.WriteFile(in("empty"), nil, 0o755) })

	before := NewDigest()
	if err := before.Tree(dir); err != nil {
		t.Fatal(err)
	}
	age(t, dir, 3)
	after := NewDigest()
	if err := after.Tree(dir); err != nil || before.String() != after.String() {
		t.Error("times count", err)
	}
}

func TestDigestOfValues(t *testing.T) {
	of := func(values ...any) string {
		d := NewDigest()
		for _, v := range values {
			d.Add("a", v)
		}
		return d.String()
	}
	different := []string{
		of(), of("b"), of("b\n\"a\" \"d\""), of("b", "d"), of([]string{"b", "c"}), of([]string{"b c"}),
		of(map[string]string{"x": "y", "z": ""}), of(map[string]string{"x": "y"}), of(1), of(int64(0)),
	}
	slices.Sort(different)
	if n := len(different); len(slices.Compact(different)) != n {
		t.Errorf("%d values have fewer digests", n)
	}
}

// A tool that is replaced changes the digest of the machine.
func TestDigestOfMachine(t *testing.T) {
	dir := t.TempDir()
	tool := write(t, filepath.Join(dir, "node"), "v20")
	of := func() string {
		d := NewDigest()
		if err := d.Machine(dir + ":/no/such/directory"); err != nil {
			t.Fatal(err)
		}
		return d.String()
	}
	first := of()
	if of() != first {
		t.Error("the same machine has two digests")
	}
	write(t, tool, "v22.1")
	if of() == first {
		t.Error("another node is not seen")
	}
}

func TestLockFiles(t *testing.T) {
	dir := t.TempDir()
	of := func() string {
		d := NewDigest()
		if err := d.LockFiles(dir); err != nil {
			t.Fatal(err)
		}
		return d.String()
	}
	seen := []string{of()}
	for _, name := range []string{"web/package-lock.json", "go.sum", "requirements-dev.txt"} {
		write(t, filepath.Join(dir, name), "x")
		if slices.Contains(seen, of()) {
			t.Errorf("%s does not count", name)
		}
		seen = append(seen, of())
	}
	write(t, filepath.Join(dir, "main.go"), "x")
	if of() != seen[len(seen)-1] {
		t.Error("main.go counts")
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "500MB": 500_000_000, "5 GB": 5_000_000_000, "1.5gb": 1_500_000_000, " 12 ": 12, "3B": 3, "2k": 2000, "2GiB": 2 << 30,
		"NaN": -1, "nan": -1, "Inf": -1, "+Inf": -1, "-Inf": -1, "NaN GB": -1, "-0.5GB": -1, "1,5GB": -1, "0x10": -1, "1_000": -1,
		"٣GB": -1, "9223372036854775807": -1, "10EB": -1, "1e3": -1, " ": -1, "1 2": -1, "+5GB": -1, "GB": -1, "-1GB": -1, "5GBGB": -1,
		"1e99GB": -1, "": -1,
	} {
		got, err := ParseSize(text)
		if (err != nil) != (want < 0) || err == nil && got != want {
			t.Errorf("%q: %d, %v", text, got, err)
		}
	}
}

// What a killed program was about to keep is removed when nobody uses the cache.
func TestTrimRemovesUnfinished(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "with [brackets]")
	c := open(t, dir)
	unfinished := write(t, filepath.Join(dir, keptDir, "repository", unfinishedPrefix+"123", "a.apk"), "half")
	other := open(t, dir)
	if _, err := c.Trim(1 << 40); err != nil || read(t, unfinished) != "half" {
		t.Error("removed while another program uses the cache", err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Trim(1 << 40); err != nil {
		t.Error(err)
	}
	if _, err := os.Lstat(filepath.Dir(unfinished)); err == nil {
		t.Error("an unfinished build stays in the cache")
	}
}

// Nothing is removed from a directory that is no cache, whatever is in it.
func TestClearOfAnotherDirectory(t *testing.T) {
	dir := t.TempDir()
	mine := []string{
		write(t, filepath.Join(dir, "tools", unfinishedPrefix+"mine", "x"), "x"),
		write(t, filepath.Join(dir, "roots", unfinishedPrefix+"mine"), "x"),
		write(t, filepath.Join(dir, "builds", "a", unfinishedPrefix+"mine"), "x"),
	}
	if removed, err := Clear(t.Context(), dir, nil); len(removed) > 0 || err != nil {
		t.Error(removed, err)
	}
	for _, path := range mine {
		if read(t, path) != "x" {
			t.Error(path)
		}
	}
}
