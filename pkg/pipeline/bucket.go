package pipeline

import (
	"context"
	"fmt"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
)

// Bucket says where packages are published.
type Bucket struct {
	URL       string // s3://bucket/prefix, a directory, file:///directory; empty: nowhere
	Config    open.Config
	Overwrite bool // replace a published package of the same version that has other bytes
	Adopt     bool // take over an index that another key has signed
	// AllowOlder publishes a version below one that is published already.
	AllowOlder bool
	Index      repository.IndexOptions // of the local repository too
}

// openBucket is a Bucket that answered.
type openBucket struct {
	Bucket
	store store.Store
}

// open opens the bucket and sees that it exists and lets us in, before any time is spent on a
// build. Nil where none is asked for.
func (b Bucket) open(ctx context.Context) (*openBucket, error) {
	if b.URL == "" {
		return nil, nil
	}
	st, err := open.URL(ctx, b.URL, b.Config)
	if err != nil {
		return nil, input(fmt.Errorf("bucket %s: %w", b.URL, err))
	}
	return &openBucket{Bucket: b, store: st}, nil
}

// put publishes, and tells what the user should know of it.
func (b *openBucket) put(ctx context.Context, r repository.Request, console Console) (*repository.Report, error) {
	r.Overwrite, r.Adopt, r.IndexOptions = b.Overwrite, b.Adopt, b.Index
	done, err := repository.Publish(ctx, b.store, r)
	if err != nil {
		return nil, err
	}
	for _, note := range done.Notes {
		console.Info("%s", note)
	}
	return done, nil
}
