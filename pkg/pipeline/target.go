package pipeline

import (
	"context"
	"errors"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/abuild"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/repository"
)

// target is what all packages of a build are made by, for and with.
type target struct {
	builder     builder.Builder
	arch        string
	keys        []*apk.PrivateKey
	bucket      *openBucket // nil: none is asked for
	index       repository.IndexOptions
	withoutPage bool
	cache       *cache.Cache
	machine     string // digest of what it builds with
}

// target finds out, before any time is spent on a build, whether the plans can be built, signed and
// published.
func (o BuildOptions) target(ctx context.Context, plans []*Plan, out console.Console) (t target, err error) {
	if t.builder, err = chooseBuilder(o.Builder); err != nil {
		return t, err
	}
	for _, p := range plans {
		if t.arch, err = p.arch(o.Arch); err != nil {
			return t, err
		}
		if o.Native {
			if err := p.native(t.arch); err != nil {
				return t, err
			}
		}
		if err := p.checkNetwork(); err != nil {
			return t, err
		}
	}
	t.index, t.withoutPage = o.Bucket.Index, o.Bucket.WithoutPage
	if t.bucket, err = o.Bucket.open(ctx); err != nil {
		return t, err
	}
	for _, p := range plans {
		if err := t.bucket.increases(ctx, p.Recipe); err != nil {
			return t, err
		}
	}
	if t.keys, err = o.Key.Load(out); err != nil {
		return t, err
	}
	for _, p := range plans {
		out.Show("APKBUILD", string(p.Directory[0].Body))
	}
	if err := o.openCache(ctx, &t); err != nil {
		return t, err
	}
	if err = o.settle(ctx, abuild.Machine{}, t, plans, out); err == nil {
		err = o.identifyMachine(&t)
	}
	if err != nil {
		return t, errors.Join(err, t.cache.Close())
	}
	return t, nil
}
