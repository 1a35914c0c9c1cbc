package root_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/root"
	"github.com/pakman/build/pkg/root/roottest"
	"github.com/pakman/build/pkg/sandbox"
)

func TestMain(m *testing.M) {
	roottest.Main()
	os.Exit(m.Run())
}

func newMaker(t *testing.T, m *roottest.Mirror) (root.Maker, *bytes.Buffer) {
	t.Helper()
	if sandbox.Available() != sandbox.Namespaces {
		t.Skip("needs namespaces")
	}
	var log bytes.Buffer
	var mutex sync.Mutex
	return root.Maker{
		Dir: filepath.Join(t.TempDir(), "roots"), Mirror: m.URL + "/", Keys: m.Keys, Env: []string{"PATH=/usr/bin:/bin"},
		Log: &log, Info: func(format string, args ...any) {
			mutex.Lock()
			defer mutex.Unlock()
			_, _ = log.WriteString(strings.TrimSpace(format) + "\n")
			for _, a := range args {
				if text, ok := a.(string); ok {
					log.WriteString(text + "\n")
				}
			}
		},
	}, &log
}

func wanted(packages ...string) root.Wanted {
	return root.Wanted{Branch: roottest.Branch, Arch: apk.HostArch(), Packages: packages}
}

// A root holds what was asked for, and is made once: another build of the same needs no network, and one of others another root.
func TestMake(t *testing.T) {
	m := roottest.New(t)
	m.Add(t, "nodejs", []string{"libnode"}, map[string]roottest.File{"usr/bin/node": {Text: "#!/bin/sh\n", Mode: 0o755}})
	m.Add(t, "libnode", nil, map[string]roottest.File{"usr/lib/libnode.so": {}})
	maker, log := newMaker(t, m)
	dir, err := maker.Make(t.Context(), wanted("nodejs>0"))
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for name, want := range map[string]string{
		"etc/alpine-release": "3.19.9\n", "usr/bin/node": "#!/bin/sh\n", "usr/lib/libnode.so": "", "etc/resolv.conf": "",
		"etc/apk/repositories":                m.URL + "/v3.19/main\n" + m.URL + "/v3.19/community\n",
		"etc/apk/keys/" + m.Key.Name + ".pub": string(m.Key.Public().PEM()),
	} {
		if text, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(text) != want {
			t.Errorf("%s: %q, %v", name, text, err)
		}
	}
	if text := log.String(); !strings.Contains(text, "making a root of Alpine") || !strings.Contains(text, "kept for later builds") {
		t.Errorf("what is said: %s", text)
	}
	before := m.Requests.Load()
	again, err := maker.Make(t.Context(), wanted("nodejs>0"))
	if err != nil || again != dir || m.Requests.Load() != before {
		t.Errorf("%s, %v, %d requests", again, err, m.Requests.Load()-before)
	}
	if other, err := maker.Make(t.Context(), wanted()); err != nil || other == dir {
		t.Errorf("%s, %v", other, err)
	}
	checkWhole(t, maker, 2)
}

// The build's user reads a root also where this process's umask closes what it makes.
func TestClosedUmask(t *testing.T) {
	maker, log := newMaker(t, roottest.New(t))
	old := unix.Umask(0o077)
	dir, err := maker.Make(t.Context(), wanted())
	unix.Umask(old)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSymlink != 0 {
			return err
		}
		info, err := d.Info()
		if err == nil && info.Mode()&0o044 != 0o044 || d.IsDir() && info.Mode()&0o011 != 0o011 {
			t.Errorf("%s is closed: %s", path, info.Mode())
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// checkWhole checks that there are so many roots, and nothing that was begun.
func checkWhole(t *testing.T, maker root.Maker, roots int) {
	t.Helper()
	entries, err := os.ReadDir(maker.Dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), root.Unfinished) {
			t.Errorf("%s is left", e.Name())
		}
		if !strings.HasPrefix(e.Name(), ".") {
			roots--
		}
	}
	if roots != 0 {
		t.Errorf("%d roots are missing: %v", roots, entries)
	}
}

func TestTwoAtOnce(t *testing.T) {
	m := roottest.New(t)
	maker, _ := newMaker(t, m)
	maker.Log = nil
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if _, err := maker.Make(t.Context(), wanted()); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	once := m.Requests.Load()
	checkWhole(t, maker, 1)
	maker.Dir = t.TempDir()
	if _, err := maker.Make(t.Context(), wanted()); err != nil {
		t.Fatal(err)
	}
	if m.Requests.Load() != 2*once {
		t.Errorf("%d requests for three builds at once, %d for one", once, m.Requests.Load()-once)
	}
}

// cutAt serves a file only half.
func cutAt(name string) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, name) {
				w.Header().Set("Content-Length", "100000")
				_, _ = w.Write([]byte("half"))
				return
			}
			next.ServeHTTP(w, r)
		})
	}
}

// What is not Alpine's is refused, in words, and leaves nothing.
func TestRefused(t *testing.T) {
	other, err := apk.GenerateKey("alpine-test.rsa")
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(t *testing.T, file string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		text[len(text)-20] ^= 1
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		want   root.Wanted
		change func(*testing.T, *roottest.Mirror)
		says   string
	}{
		"a release that the mirror lacks": {root.Wanted{Branch: "v3.99", Arch: apk.HostArch()}, nil, "has no Alpine v3.99 for"},
		"a package that Alpine lacks":     {wanted("nodejs"), nil, "dependencies.build: Alpine v3.19 has no package nodejs for"},
		"no name of a package":            {wanted("--allow-untrusted"), nil, "is not the name of a package"},
		"another architecture":            {root.Wanted{Branch: "v3.19", Arch: "s390x"}, nil, "cannot be used on this machine"},
		"a key with another content": {wanted(), func(_ *testing.T, m *roottest.Mirror) {
			m.Keys = map[string]string{m.Key.Name + ".pub": hex.EncodeToString(make([]byte, sha256.Size))}
		}, "is not Alpine's key of that name"},
		"keys that are not known": {wanted(), func(_ *testing.T, m *roottest.Mirror) { m.Keys = map[string]string{} },
			"holds none of Alpine's keys"},
		"an index that another key signed": {wanted(), func(t *testing.T, m *roottest.Mirror) {
			t.Helper()
			file := m.Path("APKINDEX.tar.gz")
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			x, err := index.Read(bytes.NewReader(text))
			if err != nil {
				t.Fatal(err)
			}
			var signed bytes.Buffer
			if err := errors.Join(x.Write(&signed, other), os.WriteFile(file, signed.Bytes(), 0o600)); err != nil {
				t.Fatal(err)
			}
		}, "none of Alpine's keys signed its index"},
		"another apk than the index lists": {wanted(), func(t *testing.T, m *roottest.Mirror) {
			t.Helper()
			rewrite(t, m.Path("apk-tools-static-1.0-r0.apk"))
		}, "apk-tools-static-1.0-r0.apk: "},
		"a changed package": {wanted(), func(t *testing.T, m *roottest.Mirror) {
			t.Helper()
			rewrite(t, m.Path("busybox-1.0-r0.apk"))
		}, "could not be made: apk"},
		"a cut index":   {wanted(), func(_ *testing.T, m *roottest.Mirror) { m.Serve = cutAt("APKINDEX") }, "unexpected EOF"},
		"a cut package": {wanted(), func(_ *testing.T, m *roottest.Mirror) { m.Serve = cutAt("busybox") }, "unexpected EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			m := roottest.New(t)
			if c.change != nil {
				c.change(t, m)
			}
			maker, log := newMaker(t, m)
			if dir, err := maker.Make(t.Context(), c.want); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%s, %v; want %q\n%s", dir, err, c.says, log)
			}
			checkWhole(t, maker, 0)
		})
	}
}

func TestNoMirror(t *testing.T) {
	m := roottest.New(t)
	maker, _ := newMaker(t, m)
	maker.Mirror = "ftp://user:secret@mirror"
	if _, err := maker.Make(t.Context(), wanted()); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

// The cache finds by the name what a killed program left of a root.
func TestUnfinishedIsRemoved(t *testing.T) {
	dir := t.TempDir()
	c, err := cache.Open(t.Context(), dir, []byte("key"))
	if err != nil {
		t.Fatal(err)
	}
	left := filepath.Join(cache.Roots(dir), root.Unfinished+"1")
	if err := errors.Join(c.Close(), os.MkdirAll(left, 0o755)); err != nil {
		t.Fatal(err)
	}
	if _, err := cache.Clear(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(left); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left: %v", left, err)
	}
}
