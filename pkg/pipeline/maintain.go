package pipeline

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/usererror"
)

// Repositories says which repositories are meant, for reading them and for keeping them in order.
type Repositories struct {
	// URL is that of a bucket, or the line of /etc/apk/repositories, which ends in the release and the repository; an
	// http(s) URL for reading.
	URL        string
	Config     open.Config
	Alpine     string   // release: 3.24, edge; empty: that of the URL, else all
	Repository string   // likewise
	Arches     []string // empty: all
}

// open returns the store and what of it is meant.
func (r Repositories) open(ctx context.Context) (store.Store, repository.Selection, error) {
	selection := repository.Selection{Repository: r.Repository, Arches: r.Arches}
	url, branch, name := cutLocation(r.URL)
	if selection.Repository == "" {
		selection.Repository = name
	}
	selection.Branch = branch
	if r.Alpine != "" {
		var err error
		if selection.Branch, err = recipe.ParseBranch(r.Alpine); err != nil {
			return nil, selection, usererror.Input(err)
		}
	}
	st, err := open.URL(ctx, url, r.Config)
	if err != nil {
		return nil, selection, usererror.Input(fmt.Errorf("repository %s: %w", r.URL, err))
	}
	return st, selection, nil
}

// cutLocation takes <branch>/<repository> off the end of a URL or path.
func cutLocation(url string) (rest, branch, name string) {
	trimmed := strings.TrimRight(url, "/")
	name = path.Base(trimmed)
	rest = strings.TrimSuffix(strings.TrimSuffix(trimmed, name), "/")
	branch = path.Base(rest)
	if parsed, err := recipe.ParseBranch(branch); err != nil || parsed != branch {
		return url, "", ""
	}
	switch rest = strings.TrimSuffix(rest, branch); {
	case rest == "":
		rest = "."
	case rest != "/" && !strings.HasSuffix(rest, "://"):
		rest = strings.TrimSuffix(rest, "/")
	}
	return rest, branch, name
}

// ListPackages lists what the repositories hold. With keys (files), one of them must have signed each index.
func ListPackages(ctx context.Context, r Repositories, keys []string, out console.Console) ([]repository.Listed, error) {
	ctx = console.TellWaits(ctx, out)
	trusted, err := signing.ReadPublic(keys)
	if err != nil {
		return nil, err
	}
	r.Config.ReadOnly = true
	st, selection, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	listed, err := repository.Packages(ctx, st, selection, trusted...)
	return listed, userFixable(err)
}

// Verify checks the repositories whole, see repository.Verify. Without keys (files) their own count.
func Verify(ctx context.Context, r Repositories, keys []string, progress func(done, total int),
	out console.Console) (*repository.Verification, error) {
	ctx = console.TellWaits(ctx, out)
	trusted, err := signing.ReadPublic(keys)
	if err != nil {
		return nil, err
	}
	r.Config.ReadOnly = true
	st, selection, err := r.open(ctx)
	if err != nil {
		return nil, err
	}
	found, err := repository.Verify(ctx, st, repository.Audit{Selection: selection, Keys: trusted, Progress: progress})
	return found, userFixable(err)
}

// Keeping is what keeping repositories in order needs to be told.
type Keeping struct {
	Repositories
	Key         signing.Key
	WithoutPage bool // as in Bucket
}

// Prune lets old versions go, see repository.Prune, which is told the selection and the keys.
func Prune(ctx context.Context, k Keeping, r repository.PruneRequest, out console.Console) (*repository.PruneReport, error) {
	return keep(ctx, k, r.DryRun, out, func(ctx context.Context, st store.Store, selection repository.Selection,
		keys []*apk.PrivateKey) (*repository.PruneReport, error) {
		r.Selection, r.Keys = selection, keys
		return repository.Prune(ctx, st, r)
	})
}

// Rebuild makes indexes again from the packages, see repository.Rebuild, which is told the selection and the keys.
func Rebuild(ctx context.Context, k Keeping, r repository.RebuildRequest, out console.Console) ([]repository.Rebuilt, error) {
	return keep(ctx, k, false, out, func(ctx context.Context, st store.Store, selection repository.Selection,
		keys []*apk.PrivateKey) ([]repository.Rebuilt, error) {
		r.Selection, r.Keys = selection, keys
		return repository.Rebuild(ctx, st, r)
	})
}

// keep changes repositories, and then their pages. A dry run only reads, and needs no keys.
func keep[T any](ctx context.Context, k Keeping, dry bool, out console.Console,
	change func(context.Context, store.Store, repository.Selection, []*apk.PrivateKey) (T, error),
) (done T, err error) {
	ctx = console.TellWaits(ctx, out)
	k.Config.ReadOnly = dry
	st, selection, err := k.open(ctx)
	if err != nil {
		return done, err
	}
	var keys []*apk.PrivateKey
	if !dry {
		if keys, err = k.Key.Load(out); err != nil {
			return done, err
		}
	}
	done, err = change(ctx, st, selection, keys)
	if err == nil && !dry && !k.WithoutPage {
		pages(ctx, st, selection, out)
	}
	return done, userFixable(err)
}

// userFixable marks errors that the user can fix: in the URL, a name, or a permission.
func userFixable(err error) error {
	var problem *store.Problem
	var invalid *repository.InvalidError
	if errors.As(err, &problem) || errors.As(err, &invalid) {
		return usererror.Input(err)
	}
	return err
}
