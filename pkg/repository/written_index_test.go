package repository_test

import (
	"context"
	"errors"
	"io"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/page"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// reader notes which objects are read.
type reader struct {
	store.Store
	mu   sync.Mutex
	keys []string
}

func (r *reader) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	r.mu.Lock()
	r.keys = append(r.keys, path.Base(path.Dir(key))+"/"+path.Base(key))
	r.mu.Unlock()
	return r.Store.Get(ctx, key)
}

// An index that was just written is not read for the page, which is the same as if it were; unless it is another one by now.
func TestPageOfWritten(t *testing.T) {
	server := s3test.Start(t)
	for name, st := range map[string]store.Store{"dir": newDir(t), "versitygw": server.Store(t, server.Bucket(t, ""))} {
		t.Run(name, func(t *testing.T) {
			key := testKey(t)
			const x86, arm = "x86_64/APKINDEX.tar.gz", "aarch64/APKINDEX.tar.gz"
			reads := func(written []repository.Written, want ...string) {
				t.Helper()
				if err := st.Delete(context.Background(), pageKey); err != nil {
					t.Fatal(err)
				}
				r := &reader{Store: st}
				if _, err := repository.WritePage(context.Background(), r, main, written, page.Render); err != nil {
					t.Fatal(err)
				}
				got := slices.DeleteFunc(r.keys, func(key string) bool { return key != x86 && key != arm })
				slices.Sort(got)
				if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
					t.Errorf("these are read: -want +got\n%s", diff)
				}
				counted := store.Count(st)
				if _, err := repository.WritePage(context.Background(), counted, main, nil, page.Render); err != nil {
					t.Fatal(err)
				}
				if counted.Traffic().Sent != 0 {
					t.Errorf("with %d of them at hand, the page is not what the indexes say", len(written))
				}
			}
			first := publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "1", key),
				mustPack(t, "blog", "1.0-r0", "aarch64", "1", key), rich(t, key)))
			reads(first.Written)
			second := publish(t, st, request(key, mustPack(t, "shop", "2.0-r0", "x86_64", "2", key)))
			reads(second.Written, arm)
			reads(first.Written, x86)
			reads(publish(t, st, request(key, rich(t, key))).Written, arm, x86) // nothing was written
		})
	}
}

// rich is a package that has all that an index can say, and more.
func rich(t *testing.T, key *apk.PrivateKey) string {
	t.Helper()
	i := apk.Info{
		Name: "notes", Version: "2.0_rc1-r3", Arch: "noarch", Description: "Notes <b>for</b> all", URL: "https://example.com/?a=b&c",
		License:   "MIT AND  ISC",
		BuildDate: 1_700_000_001, Packager: "Somebody", Maintainer: "Some Body <some@body>", Size: 12_345, Origin: "notebook",
		Commit:  strings.Repeat("ab", 20),
		Depends: []string{"so:libc.musl-x86_64.so.1", "!other"}, Provides: []string{"cmd:notes=2.0"}, Replaces: []string{"old-notes<1"},
		ReplacesPriority: 3,
		ProviderPriority: 7, InstallIf: []string{"blog"},
	}
	file := filepath.Join(t.TempDir(), i.Filename())
	_, err := apk.Create(context.Background(), file, i, nil, apk.Tree{Root: t.TempDir()})
	if err == nil {
		err = apk.SignFile(context.Background(), file, file, key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// A key that took another's name meanwhile vouches for nothing.
func TestPageOfWrittenWithAnotherKey(t *testing.T) {
	st, key := newDir(t), testKey(t)
	written := publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "1", key))).Written
	other := parseKey(t, "acme-blog.rsa", newKeyText()).Public()
	if _, err := st.Put(context.Background(), "keys/acme-blog.rsa.pub", store.BytesContent(other.PEM()), store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	_, err := repository.WritePage(context.Background(), st, main, written, plain)
	if err == nil || !strings.Contains(err.Error(), "keys/ holds other keys") {
		t.Errorf("%v", err)
	}
	if _, err := st.Stat(context.Background(), pageKey); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a page was written: %v", err)
	}
}
