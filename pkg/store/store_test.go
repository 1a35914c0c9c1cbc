package store_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

func TestContent(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	file, err := store.FileContent(path)
	if err != nil {
		t.Fatal(err)
	}
	want := store.Digests{MD5: "5d41402abc4b2a76b9719d911017c592",
		SHA256: "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"}
	for _, c := range []store.Content{file, store.BytesContent([]byte("hello"))} {
		got, err := store.DigestsOf(c)
		if err != nil || got != want {
			t.Errorf("%T: %+v, %v", c, got, err)
		}
	}
	if err := os.WriteFile(path, []byte("hello again"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := store.DigestsOf(file); err == nil {
		t.Error("a file that grew goes unnoticed")
	}
	if _, err := store.FileContent(path + "-missing"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

func TestCompareAndCount(t *testing.T) {
	ctx := context.Background()
	root, err := dir.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, plain := range map[string]store.Store{"dir": root, "s3": s3test.New(t, s3test.StartFake(t).Config())} {
		st := store.Count(plain)
		hello, err := store.DigestsOf(store.BytesContent([]byte("hello")))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := store.Compare(ctx, st, "k", hello); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: comparing with nothing: %v", name, err)
		}
		for text, want := range map[string]bool{"hello": true, "world": false} {
			if _, err := storetest.Put(st, "k", text, store.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			same, sha, err := store.Compare(ctx, st, "k", hello)
			if err != nil || same != want || (sha == hello.SHA256) != want {
				t.Errorf("%s: %q compared with hello: %v %s %v", name, text, same, sha, err)
			}
		}
		storetest.Keys(t, st, "")
		if err := st.Delete(ctx, "k"); err != nil {
			t.Fatal(err)
		}
		want := store.Traffic{Requests: 8, Sent: 10, Received: 5}
		if diff := cmp.Diff(want, st.Traffic()); diff != "" {
			t.Errorf("%s: want -, got +:\n%s", name, diff)
		}
	}
}

func TestProblem(t *testing.T) {
	p := &store.Problem{What: "what", Hint: "do this", Err: store.ErrNotFound}
	if p.Error() != "what (not found): do this" || !errors.Is(p, store.ErrNotFound) {
		t.Error(p)
	}
	if p := (&store.Problem{What: "what"}); p.Error() != "what" {
		t.Error(p)
	}
}
