package repository_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

func rebuilding(t *testing.T) repository.RebuildRequest {
	t.Helper()
	return repository.RebuildRequest{Keys: []*apk.PrivateKey{testKey(t)}}
}

func rebuild(t *testing.T, st store.Store, r repository.RebuildRequest) []repository.Rebuilt {
	t.Helper()
	done, err := repository.Rebuild(context.Background(), st, r)
	if err != nil {
		t.Fatal(err)
	}
	return done
}

// Indexes that are made again from the packages are those that publishing made, byte for byte.
func TestRebuild(t *testing.T) {
	fake := s3test.StartFake(t)
	forgetful := s3test.StartFake(t)
	forgetful.Ignore = true
	for name, st := range map[string]store.Store{"dir": newDir(t), "s3": s3test.New(t, fake.Config()),
		"without conditions": s3test.New(t, forgetful.Config())} {
		t.Run(name, func(t *testing.T) {
			library(t, st)
			before := contents(t, st)
			for _, r := range rebuild(t, st, rebuilding(t)) {
				if r.Changed || len(r.Added)+len(r.Dropped)+len(r.Notes) != 0 {
					t.Errorf("nothing to do: %+v", r)
				}
			}
			for key := range before {
				if file := path.Base(key); strings.HasPrefix(file, "APKINDEX") || strings.HasPrefix(file, "Packages") {
					if err := st.Delete(context.Background(), key); err != nil {
						t.Fatal(err)
					}
				}
			}
			done := rebuild(t, st, rebuilding(t))
			if len(done) != 2 || !done[1].Changed || done[1].Packages != 3 || len(done[1].Added) != 3 {
				t.Errorf("%+v", done)
			}
			if diff := cmp.Diff(before, contents(t, st)); diff != "" {
				t.Errorf("not as it was:\n%.2000s", diff)
			}
		})
	}
}

// What does not belong into the index stays out, and is told.
func TestRebuildTakesOurs(t *testing.T) {
	st := newDir(t)
	versions(t, st, blogs(t))
	prune(t, st, pruning(t, 0))
	other := parseKey(t, "other.rsa", newKeyText())
	for name, text := range map[string]string{
		"stranger-1-r0.apk": fileText(t, mustPack(t, "stranger", "1-r0", "x86_64", "x", other)),
		"renamed-1-r0.apk":  fileText(t, mustPack(t, "other", "1-r0", "x86_64", "x", testKey(t))),
		"foreign-1-r0.apk":  fileText(t, mustPack(t, "foreign", "1-r0", "aarch64", "x", testKey(t))),
		"rubbish-1-r0.apk":  strings.Repeat("rubbish", 5000),
		"empty-1-r0.apk":    "",
		"left-1-r0.apk":     fileText(t, mustPack(t, "left", "1-r0", "noarch", "x", testKey(t))),
		"deeper/a-1-r0.apk": fileText(t, mustPack(t, "a", "1-r0", "x86_64", "x", testKey(t))),
	} {
		if _, err := storetest.Put(st, dirX86+name, text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if err := st.Delete(context.Background(), dirX86+"blog-1.3-r0.apk"); err != nil {
		t.Fatal(err)
	}
	r := rebuilding(t)
	r.Arches = []string{"x86_64"}
	var seen int
	r.Progress = func(done, _ int) { seen = max(seen, done) }
	done := rebuild(t, st, r)[0]
	if diff := cmp.Diff([]string{"left-1-r0.apk"}, done.Added); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"blog-1.3-r0.apk"}, done.Dropped); diff != "" {
		t.Error(diff)
	}
	notes := strings.Join(done.Notes, "\n")
	for _, want := range []string{"stranger-1-r0.apk is left out: it is signed by other.rsa.pub",
		"renamed-1-r0.apk is left out: it is other-1-r0.apk",
		"foreign-1-r0.apk is left out: it is foreign-1-r0.apk for aarch64", "rubbish-1-r0.apk is left out: not a package",
		"empty-1-r0.apk is left out"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note %q in\n%s", want, notes)
		}
	}
	if names := strings.Join(mustCheck(t, st, "x86_64", testKey(t)), ", "); names != "blog 1.4-r0, left 1-r0" || seen == 0 {
		t.Errorf("packages: %s; %d seen", names, seen)
	}
}

// A damaged index is replaced; one of another key is not, unless that is asked for.
func TestRebuildReplaces(t *testing.T) {
	other := parseKey(t, "other.rsa", newKeyText())
	for _, text := range []string{"<html>", ""} {
		st := newDir(t)
		library(t, st)
		if _, err := storetest.Put(st, indexX86, text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		if done := rebuild(t, st, rebuilding(t)); !done[1].Changed || len(done[1].Notes) != 1 {
			t.Errorf("%+v", done)
		}
		mustCheck(t, st, "x86_64", testKey(t))
	}
	st := newDir(t)
	library(t, st)
	r := rebuilding(t)
	r.Keys = []*apk.PrivateKey{other}
	var invalid *repository.InvalidError
	if _, err := repository.Rebuild(context.Background(), st, r); !errors.As(err, &invalid) {
		t.Errorf("the index of another key: %v", err)
	}
	mustCheck(t, st, "x86_64", testKey(t))
	r.Keys = nil
	if _, err := repository.Rebuild(context.Background(), st, r); !errors.As(err, &invalid) {
		t.Errorf("no key: %v", err)
	}
}

// Of large packages little is read, whatever the network does.
func TestRebuildReadsFronts(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	random := rand.NewChaCha8([32]byte{})
	content, script := make([]byte, 3<<20), make([]byte, 20<<10)
	_, _ = random.Read(content)
	_, _ = random.Read(script)
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	info := apk.Info{Name: "large", Version: "1-r0", Arch: "x86_64", Description: "test", URL: "https://example.com", License: "MIT",
		BuildDate: 1}
	file := filepath.Join(t.TempDir(), info.Filename())
	scripts := []apk.Script{{Name: ".post-install", Body: fmt.Appendf(nil, "#!/bin/sh\n: %x\n", script)}}
	if _, err := apk.Create(context.Background(), file, info, scripts, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	if err := apk.SignFile(context.Background(), file, file, testKey(t)); err != nil {
		t.Fatal(err)
	}
	publish(t, st, request(testKey(t), file))
	overwrite(t, st, indexX86, func(string) string { return "" })
	var mu sync.Mutex
	var ranges []string
	fake.Inject(func(r *http.Request) *s3test.Fault {
		mu.Lock()
		defer mu.Unlock()
		if !strings.HasSuffix(r.URL.Path, ".apk") || r.Method != http.MethodGet {
			return nil
		}
		if ranges = append(ranges, r.Header.Get("Range")); len(ranges) == 1 {
			return &s3test.Fault{Truncate: true}
		}
		return nil
	})
	done := rebuild(t, st, rebuilding(t))
	fake.Inject(nil)
	want := []string{"bytes=0-8191", "bytes=0-8191", "bytes=8192-32767"}
	if diff := cmp.Diff(want, ranges); diff != "" || done[0].Packages != 1 {
		t.Errorf("%+v, want -, got +:\n%s", done, diff)
	}
	mustCheck(t, st, "x86_64", testKey(t))
}

// A package that is published while an index is made again is in it.
func TestRebuildAgainstPublish(t *testing.T) {
	files, newest := blogs(t), mustPack(t, "blog", "1.9-r0", "x86_64", "9", testKey(t))
	interleave(t, func(st store.Store) {
		versions(t, st, files)
		overwrite(t, st, indexX86, func(text string) string { return text[:len(text)/2] })
	}, func(st store.Store) error {
		_, err := repository.Rebuild(context.Background(), st, rebuilding(t))
		return err
	}, func(st store.Store) error {
		for { // the damaged index stops it until it is replaced
			_, err := repository.Publish(context.Background(), st, request(testKey(t), newest))
			if _, ok := errors.AsType[*repository.InvalidError](err); !ok {
				return err
			}
			time.Sleep(20 * time.Millisecond)
		}
	}, func(t *testing.T, st store.Store) {
		t.Helper()
		if names := mustCheck(t, st, "x86_64", testKey(t)); len(names) != 6 {
			t.Errorf("in the index: %q", names)
		}
	})
}
