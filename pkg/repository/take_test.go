package repository_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// packCommit makes a package of a commit.
func packCommit(t *testing.T, commit, version, content string, keys ...*apk.PrivateKey) string {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "build-id"), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	info := apk.Info{Name: "blog", Version: version, Arch: "noarch", Description: "test", License: "MIT", BuildDate: 1, Commit: commit}
	file := filepath.Join(t.TempDir(), info.Filename())
	_, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: root})
	if err == nil {
		err = apk.SignFile(t.Context(), file, file, keys...)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// storesOf returns an empty store of every kind.
func storesOf(t *testing.T) map[string]store.Store {
	t.Helper()
	forgetful := s3test.StartFake(t)
	forgetful.Ignore = true
	return map[string]store.Store{
		"dir": newDir(t), "s3": s3test.New(t, s3test.StartFake(t).Config()), "without conditions": s3test.New(t, forgetful.Config()),
	}
}

// What was published from the same commit stays, in every kind of store, and the index describes it. Other packages of the same
// publish are published.
func TestTaken(t *testing.T) {
	key := testKey(t)
	commit := strings.Repeat("c0", 20)
	for name, st := range storesOf(t) {
		first := packCommit(t, commit, "1.0-r0", "one", key)
		publish(t, st, request(key, first))
		_, sha := fileFacts(t, first)

		r := request(key, packCommit(t, commit, "1.0-r0", "two", key), mustPack(t, "aaa", "1-r0", "x86_64", "new", key))
		r.NoarchFor = []string{"x86_64", "aarch64"}
		rep := publish(t, st, r)
		for _, p := range rep.Packages {
			if want := p.Name == "blog" && p.Arch == "x86_64"; p.Taken != want || want && (!p.Unchanged || p.SHA256 != sha) {
				t.Errorf("%s: %+v", name, p)
			}
		}
		if !rep.Changed || len(rep.Notes) != 1 || !strings.HasPrefix(rep.Notes[0], "blog 1.0-r0: already published from the same commit") {
			t.Errorf("%s: %v %q", name, rep.Changed, rep.Notes)
		}
		mustCheck(t, st, "x86_64", key)
		mustCheck(t, st, "aarch64", key)

		r.Packages = []string{packCommit(t, strings.Repeat("d1", 20), "1.0-r0", "three", key)}
		var different *repository.DifferentError
		if _, err := repository.Publish(context.Background(), st, r); !errors.As(err, &different) ||
			!strings.Contains(err.Error(), "one is of commit c0c0c0c0c0c0, the other of d1d1d1d1d1d1") {
			t.Errorf("%s: %v", name, err)
		}
		r.Overwrite = true
		if rep = publish(t, st, r); rep.Packages[0].Taken || len(rep.Notes) > 0 {
			t.Errorf("%s: overwriting keeps it: %+v", name, rep)
		}
	}
}

// Of several runs of one commit at the same time all end well, and all report the package that clients get.
func TestTakenAtOnce(t *testing.T) {
	key := testKey(t)
	for name, st := range storesOf(t) {
		var group errgroup.Group
		reports := make([]*repository.Report, 4)
		for i := range reports {
			r := request(key, packCommit(t, strings.Repeat("c0", 20), "1.0-r0", fmt.Sprint(i), key))
			group.Go(func() (err error) {
				reports[i], err = repository.Publish(context.Background(), st, r)
				return err
			})
		}
		if err := group.Wait(); err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		mustCheck(t, st, "x86_64", key)
		if name == "without conditions" {
			continue // one that ended before another wrote did not learn of it
		}
		for _, rep := range reports {
			if p := rep.Packages[0]; p.SHA256 != reports[0].Packages[0].SHA256 {
				t.Errorf("%s: %s and %s", name, p.SHA256, reports[0].Packages[0].SHA256)
			}
		}
	}
}

// A package that none of our keys has signed is never taken, whatever it says of itself.
func TestTakenOfAnother(t *testing.T) {
	key, other := testKey(t), parseKey(t, "other.rsa", newKeyText())
	commit := strings.Repeat("c0", 20)
	st := newDir(t)
	publish(t, st, request(other, packCommit(t, commit, "1.0-r0", "one", other)))
	r := request(key, packCommit(t, commit, "1.0-r0", "two", key))
	r.Adopt = true
	var different *repository.DifferentError
	if _, err := repository.Publish(context.Background(), st, r); !errors.As(err, &different) ||
		!strings.Contains(err.Error(), "(the published package is not kept: it must be signed by the key that signs the index: ") {
		t.Error(err)
	}
}
