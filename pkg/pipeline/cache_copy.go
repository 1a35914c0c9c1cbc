package pipeline

import (
	"cmp"
	"context"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/source"
)

// CacheCopies keeps copies of the tools' caches, for machines that are used once. A copy is a help and nothing more: whatever fails is
// told, and the build goes on.
type CacheCopies interface {
	// Restore fills the caches of the archive from the copy of that key, or else from the newest whose key begins with the prefix.
	Restore(ctx context.Context, key, prefix string, a cache.Archive)
	// Save makes the copy of that key where there is none.
	Save(ctx context.Context, key string, a cache.Archive)
}

// cacheCopy is the copy of the caches that a build uses.
type cacheCopy struct {
	copies      CacheCopies // nil: none
	key, prefix string
	archive     cache.Archive
}

// cacheCopy names the copy. Its key changes with the lock files of the applications. Builds that the lasting key signs have copies of
// their own, which only the holder of that key can make.
func (o BuildOptions) cacheCopy(ctx context.Context, plans []*Plan, kept *cache.Cache, key *apk.PrivateKey, arch string,
	roots bool, out console.Console,
) cacheCopy {
	if o.Cache.Copies == nil || kept == nil {
		return cacheCopy{}
	}
	c := cacheCopy{copies: o.Cache.Copies, archive: cache.Archive{Limit: o.Cache.Limit, Withheld: secretVariables(o.Env)}}
	scope, locks := cache.NewDigest(), cache.NewDigest()
	if o.Key.Given() {
		c.archive.Secret = key.PEM()
		scope.Add("key", key.Public().PEM())
	}
	seen := map[string]bool{}
	for _, p := range plans {
		scope.Add("application", p.Recipe.Name)
		scope.Add("repository", p.identity()) // an archive names the directories of its repositories
		files, err := source.Files(ctx, p.Dir, source.CopyOptions{Outputs: o.outputs(), Exclude: p.Recipe.Exclude, Getenv: o.Getenv})
		if err == nil {
			err = locks.Locks(p.Dir, files)
		}
		if err != nil { // the build finds the same, and says what to do
			out.Info("the caches are neither restored nor saved: %v", err)
			return cacheCopy{}
		}
		for _, apart := range []bool{false, p.nth > 0} {
			if r := p.caches(kept, roots, apart); !seen[r.Tools()] {
				seen[r.Tools()] = true
				c.archive.Repositories = append(c.archive.Repositories, r)
			}
		}
	}
	c.prefix = "pakman-" + arch + "-" + plans[0].Recipe.Branch + "-" + scope.String()[:16] + "-"
	c.key = c.prefix + locks.String()[:16]
	return c
}

func (c cacheCopy) wanted() bool { return c.copies != nil }

func (c cacheCopy) restore(ctx context.Context) { c.copies.Restore(ctx, c.key, c.prefix, c.archive) }

func (c cacheCopy) save(ctx context.Context) { c.copies.Save(ctx, c.key, c.archive) }

// caches returns what the cache keeps for the application's tools. Builds in a root have caches that no build outside of that release
// uses, builds that run as another user have caches apart.
func (p *Plan) caches(kept *cache.Cache, roots, apart bool) *cache.Repository {
	r := kept.Repository(p.identity())
	if roots {
		r = r.Beside("alpine-" + p.Recipe.Branch)
	}
	if apart {
		r = r.Beside("apart-" + p.Recipe.Name)
	}
	return r
}

// identity tells the repository of the application from others in the cache.
func (p *Plan) identity() string { return cmp.Or(p.Facts.RemoteURL, p.Facts.Repository, p.Dir) }
