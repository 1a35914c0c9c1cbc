package s3_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

// Of an upload that fails nothing stays behind, neither when its parts are there and the condition does not hold, nor when
// its context ends on the way: parts that no object has cost their owner money.
func failedParts(t *testing.T, server *s3test.Server) {
	t.Helper()
	bucket := server.Bucket(t, "")
	st := server.Store(t, bucket)
	path := filepath.Join(t.TempDir(), "large")
	if err := errors.Join(os.WriteFile(path, nil, 0o644), os.Truncate(path, store.Large+1000)); err != nil {
		t.Fatal(err)
	}
	large, err := store.FileContent(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Put(st, "taken", "x", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Put(context.Background(), "taken", large, store.PutOptions{IfAbsent: true}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("a key that is taken: %v", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ending := &endingContent{Content: large, end: func() {
		if server.Uploads(t, bucket, "ended") == 0 {
			t.Error("no upload has begun when its parts are read")
		}
		cancel()
	}}
	if _, err := st.Put(ctx, "ended", ending, store.PutOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that ends: %v", err)
	}
	for _, key := range []string{"taken", "ended"} {
		if n := server.Uploads(t, bucket, key); n != 0 {
			t.Errorf("%d uploads of %s are left behind", n, key)
		}
	}
}

// endingContent ends something when it is opened for the last of its parts: once for its digests, then for each part.
type endingContent struct {
	store.Content
	opened atomic.Int32
	end    func()
}

func (c *endingContent) Open() (io.ReadSeekCloser, error) {
	if c.opened.Add(1) == 4 {
		c.end()
	}
	return c.Content.Open()
}
