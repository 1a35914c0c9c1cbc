package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/page"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/usererror"
)

// Bucket says where packages are published.
type Bucket struct {
	URL       string // s3://bucket/prefix, a directory, file:///directory; empty: nowhere
	Config    open.Config
	Overwrite bool // replace a published package of the same version that has different content
	Adopt     bool // re-sign an index that another key has signed
	// AllowOlder publishes a version below one that is published already.
	AllowOlder  bool
	Index       repository.IndexOptions // of the local repository too
	WithoutPage bool                    // leave out index.html, the page for people; of the local repository too
	// Retention is what to keep of the versions of a package, see repository.Prune.
	Retention repository.Retention
}

// openBucket is a Bucket whose store can be reached.
type openBucket struct {
	Bucket
	store    store.Store
	reported int64 // requests that a report has counted
}

// open opens the bucket and begins to reach it. It returns nil where none is asked for.
func (b Bucket) open(ctx context.Context) (*openBucket, error) {
	if b.URL == "" {
		return nil, nil
	}
	if b.Retention.Keep < 0 || b.Retention.KeepDays < 0 {
		return nil, usererror.Input(errors.New("--keep and --keep-days must not be negative"))
	}
	st, err := open.Begin(ctx, b.URL, b.Config)
	if err != nil {
		return nil, b.unreachable(err)
	}
	return &openBucket{Bucket: b, store: st}, nil
}

func (b Bucket) unreachable(err error) error {
	return usererror.Input(fmt.Errorf("bucket %s: %w", b.URL, err))
}

// openFor opens the bucket for the plans' packages, and finds before the build what would keep it from taking them: an index
// that none of the keys has signed, or a published version above a plan's.
func (b Bucket) openFor(ctx context.Context, plans []*Plan, keys []*apk.PrivateKey) (*openBucket, error) {
	opened, err := b.open(ctx)
	if err != nil || opened == nil {
		return opened, err
	}
	checking, cancel := context.WithCancel(ctx)
	defer cancel()
	var reached error
	var check sync.WaitGroup
	check.Go(func() {
		if reached = opened.store.Check(ctx); reached != nil {
			cancel()
		}
	})
	group, gctx := errgroup.WithContext(checking)
	for _, p := range plans {
		group.Go(func() error { return opened.checkIndexes(gctx, p.Recipe, keys) })
	}
	err = group.Wait()
	check.Wait()
	if reached != nil { // explains more than the failure of another request
		return nil, b.unreachable(reached)
	}
	if err != nil {
		return nil, err
	}
	return opened, nil
}

// put publishes, and shows what the user should know about it.
func (b *openBucket) put(ctx context.Context, r repository.Request, out console.Console) (*repository.Report, error) {
	r.Overwrite, r.Adopt, r.IndexOptions = b.Overwrite, b.Adopt, b.Index
	r.Progress = console.UploadProgress(out)
	prunes := b.Retention != (repository.Retention{})
	if !b.WithoutPage && !prunes {
		r.Page = page.Render
	}
	warnPlus(b.URL, r.Packages, out)
	done, err := repository.Publish(ctx, b.store, r)
	if unreachable, ok := errors.AsType[*repository.UnreachableError](err); ok {
		return nil, b.unreachable(unreachable.Err)
	}
	if err != nil {
		return nil, err
	}
	for _, note := range done.Notes {
		out.Info("%s", note)
	}
	notePage(ctx, done.Page, out)
	if prunes {
		err = b.prune(ctx, r, done, out)
		if !b.WithoutPage {
			traffic := writePage(ctx, b.store, r.Location, done.Written, out)
			done.Traffic, done.Changed = done.Traffic.Plus(traffic), done.Changed || traffic.Sent > 0
		}
	}
	if counting, ok := b.store.(store.Requester); ok { // also what was asked before the publish
		done.Traffic.Requests = counting.Requests() - b.reported
		b.reported += done.Traffic.Requests
	}
	return done, err
}

// prune removes old versions after a publish; never those just published.
func (b *openBucket) prune(ctx context.Context, r repository.Request, done *repository.Report, out console.Console) error {
	request := repository.PruneRequest{
		Selection: repository.Selection{Branch: r.Branch, Repository: r.Repository},
		Retention: b.Retention, IndexOptions: b.Index, Keys: r.Keys,
	}
	for _, p := range done.Packages {
		request.Spared = append(request.Spared, p.Key)
		if !slices.Contains(request.Arches, p.Arch) {
			request.Arches = append(request.Arches, p.Arch)
		}
	}
	pruned, err := repository.Prune(ctx, b.store, request)
	if err != nil {
		return fmt.Errorf("the packages are published, but old ones could not be pruned: %w", err)
	}
	done.Changed = done.Changed || pruned.Changed
	done.Traffic = done.Traffic.Plus(pruned.Traffic)
	for _, note := range pruned.Notes {
		out.Info("%s", note)
	}
	if n, m := len(pruned.Retired), len(pruned.Deleted); n+m > 0 {
		out.Info("pruned: %d old packages left the index, %d that had left it before were deleted", n, m)
	}
	return nil
}

// warnPlus warns of file names with a +, which Amazon's S3 and CloudFront read as a space in a URL; apk does not escape it.
func warnPlus(url string, files []string, out console.Console) {
	for _, file := range files {
		if name := filepath.Base(file); strings.HasPrefix(url, "s3://") && strings.Contains(name, "+") {
			out.Warn(config.Fault{
				Warning: true, Message: name + ": Amazon S3 and CloudFront read + as a space, so apk cannot fetch it from them",
				Hint: "Name the package without +, unless the store serves such names",
			})
		}
	}
}
