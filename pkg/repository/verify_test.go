package repository_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
	"github.com/pakman/build/pkg/store/web"
)

const (
	dirX86   = "v3.24/main/x86_64/"
	indexX86 = dirX86 + "APKINDEX.tar.gz"
)

// library is a repository of a few packages for two architectures.
func library(t *testing.T, st store.Store) {
	t.Helper()
	key := testKey(t)
	r := request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "one", key),
		mustPack(t, "blog", "1.1-r0", "x86_64", strings.Repeat("two", 9999), key),
		mustPack(t, "fonts", "1-r0", "noarch", "fonts", key))
	r.NoarchFor = []string{"x86_64", "aarch64"}
	publish(t, st, r)
}

// overwrite changes an object.
func overwrite(t *testing.T, st store.Store, key string, change func(text string) string) {
	t.Helper()
	text, _ := storetest.Read(t, st, key)
	if _, err := storetest.Put(st, key, change(text), store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
}

// rewrite changes what the index of x86_64 says, and signs it.
func rewrite(t *testing.T, st store.Store, key *apk.PrivateKey, change func(*index.Index)) {
	t.Helper()
	overwrite(t, st, indexX86, func(text string) string {
		x, err := index.Read(strings.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		change(x)
		var b bytes.Buffer
		if err := x.Write(&b, key); err != nil {
			t.Fatal(err)
		}
		return b.String()
	})
}

func fileText(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestVerify(t *testing.T) {
	key := testKey(t)
	other := parseKey(t, "other.rsa", newKeyText())
	stranger := parseKey(t, "a-stranger-with-quite-another-name-0123456789.rsa", newKeyText()) // so that the size differs
	impostor := parseKey(t, key.Name, newKeyText())
	put := func(t *testing.T, st store.Store, key, text string) {
		t.Helper()
		if _, err := storetest.Put(st, key, text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	remove := func(t *testing.T, st store.Store, key string) {
		t.Helper()
		if err := st.Delete(context.Background(), key); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		damage func(*testing.T, store.Store)
		want   []string // in the order of the faults: the key's end, and words of the fault
	}{
		"whole": {func(*testing.T, store.Store) {}, nil},
		"missing package": {func(t *testing.T, st store.Store) {
			t.Helper()
			remove(t, st, dirX86+"blog-1.0-r0.apk")
		}, []string{"blog-1.0-r0.apk: the index lists it, but it is missing"}},
		"cut package": {func(t *testing.T, st store.Store) {
			t.Helper()
			overwrite(t, st, dirX86+"blog-1.0-r0.apk", func(s string) string { return s[:len(s)-10] })
		}, []string{"blog-1.0-r0.apk: it has ", "blog-1.0-r0.apk: damaged: the files' SHA-256 is"}},
		"flipped bit": {func(t *testing.T, st store.Store) {
			t.Helper()
			overwrite(t, st, dirX86+"blog-1.0-r0.apk", func(s string) string {
				b := []byte(s)
				b[len(b)-20] ^= 1
				return string(b)
			})
		}, []string{"blog-1.0-r0.apk: damaged: the files' SHA-256 is"}},
		"no package": {func(t *testing.T, st store.Store) {
			t.Helper()
			put(t, st, dirX86+"blog-1.0-r0.apk", "<html>")
		},
			[]string{"blog-1.0-r0.apk: it has 6 bytes", "blog-1.0-r0.apk: not a package"}},
		"another version's bytes": {func(t *testing.T, st store.Store) {
			t.Helper()
			text, _ := storetest.Read(t, st, dirX86+"blog-1.1-r0.apk")
			put(t, st, dirX86+"blog-1.0-r0.apk", text)
		}, []string{"blog-1.0-r0.apk: it has ", "blog-1.0-r0.apk: its control hash is Q1"}},
		"stranger's signature": {func(t *testing.T, st store.Store) {
			t.Helper()
			put(t, st, dirX86+"blog-1.0-r0.apk", fileText(t, mustPack(t, "blog", "1.0-r0", "x86_64", "one", stranger)))
		}, []string{"blog-1.0-r0.apk: it has ", "blog-1.0-r0.apk: it is signed by " + stranger.Public().Name}},
		"entry": {func(t *testing.T, st store.Store) {
			t.Helper()
			rewrite(t, st, key, func(x *index.Index) { x.Entries[0].Depends = []string{"evil"} })
		}, []string{"blog-1.0-r0.apk: its entry in the index is not what its .PKGINFO says: +D:evil"}},
		"size": {func(t *testing.T, st store.Store) {
			t.Helper()
			rewrite(t, st, key, func(x *index.Index) { x.Entries[0].FileSize++ })
		}, []string{"blog-1.0-r0.apk: it has"}},
		"impostor": {func(t *testing.T, st store.Store) {
			t.Helper()
			rewrite(t, st, impostor, func(*index.Index) {})
		},
			[]string{"APKINDEX.tar.gz: reading the index: the signature by acme-blog.rsa.pub is wrong", "APKINDEX.tar.gz: no trusted key"}},
		"unknown key": {func(t *testing.T, st store.Store) {
			t.Helper()
			rewrite(t, st, other, func(*index.Index) {})
		},
			[]string{"keys/other.rsa.pub: the key that has signed is not published here",
				"APKINDEX.tar.gz: no trusted key has signed it; it is signed by other.rsa.pub"}},
		"unsigned": {func(t *testing.T, st store.Store) {
			t.Helper()
			overwrite(t, st, indexX86, func(s string) string { return unsigned(t, s) })
		}, []string{"APKINDEX.tar.gz: it is not signed"}},
		"damaged index": {func(t *testing.T, st store.Store) {
			t.Helper()
			put(t, st, indexX86, "<html>")
		},
			[]string{"APKINDEX.tar.gz: it is damaged", "APKINDEX.tar.gz: reading the index"}},
		"damaged key": {func(t *testing.T, st store.Store) {
			t.Helper()
			put(t, st, "keys/acme-blog.rsa.pub", "x")
		},
			[]string{"keys/acme-blog.rsa.pub: key acme-blog.rsa.pub: it is not in PEM form", "aarch64/APKINDEX.tar.gz: no trusted key",
				"x86_64/APKINDEX.tar.gz: no trusted key"}},
		"several": {func(t *testing.T, st store.Store) {
			t.Helper()
			remove(t, st, dirX86+"blog-1.0-r0.apk")
			put(t, st, dirX86+"blog-1.1-r0.apk", "x")
			remove(t, st, "v3.24/main/aarch64/fonts-1-r0.apk")
		}, []string{"aarch64/fonts-1-r0.apk: the index lists it", "blog-1.0-r0.apk: the index lists it", "blog-1.1-r0.apk: it has 1 bytes",
			"blog-1.1-r0.apk: not a package"}},
	} {
		t.Run(name, func(t *testing.T) {
			root := t.TempDir()
			local, err := dir.New(root)
			if err != nil {
				t.Fatal(err)
			}
			library(t, local)
			c.damage(t, local)
			server := httptest.NewServer(http.FileServer(http.Dir(root)))
			defer server.Close()
			remote, err := web.New(server.URL, nil)
			if err != nil {
				t.Fatal(err)
			}
			verifyFaults(t, local, repository.Selection{}, c.want)
			verifyFaults(t, remote, repository.Selection{Branch: "v3.24", Repository: "main"}, c.want)
		})
	}
}

func verifyFaults(t *testing.T, st store.Store, s repository.Selection, want []string) {
	t.Helper()
	var done atomic.Int64
	v, err := repository.Verify(context.Background(), st, repository.Audit{Selection: s, Progress: func(int, int) { done.Add(1) }})
	if err != nil {
		t.Fatal(err)
	}
	ok := len(v.Faults) == len(want)
	for i := range v.Faults {
		ok = ok && strings.Contains(v.Faults[i].String(), "/"+want[i])
	}
	if !ok {
		t.Errorf("faults %v\nwant %q", v.Faults, want)
	}
	if len(v.Indexes) != 2 || int(done.Load()) != v.Packages {
		t.Errorf("%+v, %d packages seen", v, done.Load())
	}
	if want == nil && (v.Packages != 4 || v.Bytes == 0 || len(v.Keys) != 1 || v.Keys[0].Fingerprint != testKey(t).Public().Fingerprint()) {
		t.Errorf("%+v", v)
	}
}

// A given key is the only one that counts, and what no index names is no fault.
func TestVerifyTrust(t *testing.T) {
	ctx := context.Background()
	key := testKey(t)
	st := newDir(t)
	library(t, st)
	for _, file := range []string{dirX86 + "left-1-r0.apk", dirX86 + "notes.txt"} {
		if _, err := storetest.Put(st, file, "x", store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	audit := repository.Audit{Selection: repository.Selection{Arches: []string{"x86_64"}}, Keys: []*apk.PublicKey{key.Public()}}
	v, err := repository.Verify(ctx, st, audit)
	if err != nil || len(v.Faults) != 0 || len(v.Indexes) != 1 || len(v.Notes) != 2 ||
		!strings.HasSuffix(v.Notes[0].String(), "left-1-r0.apk: no index lists it") {
		t.Errorf("%+v, %v", v, err)
	}
	before, _ := storetest.Read(t, st, adbKey)
	publish(t, st, request(key, mustPack(t, "late", "1-r0", "x86_64", "late", key)))
	overwrite(t, st, adbKey, func(string) string { return before })
	v, err = repository.Verify(ctx, st, audit)
	if err != nil || len(v.Faults) != 0 || len(v.Notes) != 3 ||
		!strings.HasSuffix(v.Notes[0].String(), "Packages.adb: it differs from the index; the next publish makes it again") {
		t.Errorf("with an old Packages.adb: %+v, %v", v, err)
	}
	audit.Keys = []*apk.PublicKey{parseKey(t, "other.rsa", newKeyText()).Public()}
	v, err = repository.Verify(ctx, st, audit)
	if err != nil || len(v.Faults) != 6 {
		t.Errorf("with another key: %+v, %v", v, err)
	}
	for _, s := range []repository.Selection{{Branch: "v3.20"}, {Repository: "other"}} {
		if _, err := repository.Verify(ctx, st, repository.Audit{Selection: s}); err == nil ||
			!strings.Contains(err.Error(), "there is no repository") {
			t.Errorf("%+v: %v", s, err)
		}
	}
	v, err = repository.Verify(ctx, st, repository.Audit{Selection: repository.Selection{Branch: "v3.24", Repository: "main",
		Arches: []string{"riscv64"}}})
	if err != nil || len(v.Faults) != 1 || v.Faults[0].What != "there is no index" {
		t.Errorf("an architecture asked for by name: %+v, %v", v, err)
	}
	if _, err := repository.Verify(ctx, st, repository.Audit{Selection: repository.Selection{Arches: []string{"sparc"}}}); err == nil {
		t.Error("sparc is an architecture")
	}
}

// What the network does is no fault of the repository's.
func TestVerifyThroughFaults(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	library(t, st)
	var n atomic.Int64
	fake.Inject(func(r *http.Request) *s3test.Fault {
		if r.Method == http.MethodGet && !r.URL.Query().Has("list-type") && n.Add(1)%3 == 0 {
			return &s3test.Fault{Truncate: true}
		}
		return nil
	})
	v, err := repository.Verify(context.Background(), st, repository.Audit{})
	if err != nil || len(v.Faults) != 0 || v.Packages != 4 {
		t.Errorf("%+v, %v", v, err)
	}
}

func TestPackages(t *testing.T) {
	st := newDir(t)
	library(t, st)
	listed, err := repository.Packages(context.Background(), st, repository.Selection{}, testKey(t).Public())
	var got []string
	for _, l := range listed {
		got = append(got, fmt.Sprintf("%s %s %s %t %d %t", l.Arch, l.Name, l.Version, l.Size > 0, l.Built.Unix(), l.Published != nil))
	}
	want := []string{"aarch64 fonts 1-r0 true 1700000000 true", "x86_64 blog 1.0-r0 true 1700000000 true",
		"x86_64 blog 1.1-r0 true 1700000000 true", "x86_64 fonts 1-r0 true 1700000000 true"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := repository.Packages(context.Background(), st, repository.Selection{},
		parseKey(t, "other.rsa", newKeyText()).Public()); err == nil {
		t.Error("an index of an unknown key is listed")
	}
}

// A web server that limits its clients is asked again when it said, and the reader is told of a long wait.
func TestPackagesOfBusyServer(t *testing.T) {
	root := t.TempDir()
	local, err := dir.New(root)
	if err != nil {
		t.Fatal(err)
	}
	publish(t, local, request(testKey(t), mustPack(t, "blog", "1.0-r0", "x86_64", "x", testKey(t))))
	var limited atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if limited.Add(1) <= 2 {
			w.Header().Set("Retry-After", time.Now().Add(2*time.Second).UTC().Format(http.TimeFormat))
			http.Error(w, "slow down", http.StatusTooManyRequests)
			return
		}
		http.FileServer(http.Dir(root)).ServeHTTP(w, r)
	}))
	defer server.Close()
	st, err := web.New(server.URL, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	selection := repository.Selection{Branch: "v3.24", Repository: "main", Arches: []string{"x86_64"}}
	listed, err := repository.Packages(t.Context(), st, selection, testKey(t).Public())
	if err != nil || len(listed) != 1 || limited.Load() != 3 {
		t.Errorf("%+v, %v after %d requests", listed, err, limited.Load())
	}
}
