package pipeline

import (
	"context"
	"errors"
	"fmt"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// checkIndexes reads the indexes that are to list the recipe's packages. One of the keys must have signed each, unless the
// index is to be re-signed, and the recipe's version must not be below one that is published: machines would never upgrade
// to it. The same version is left to publishing, which knows whether its content is the same.
func (b *openBucket) checkIndexes(ctx context.Context, r *recipe.Recipe, keys []*apk.PrivateKey) error {
	version := fmt.Sprintf("%s-r%d", r.Version, r.Release)
	location := repository.Location{Branch: r.Branch, Repository: r.Repository}
	for _, arch := range r.Targets {
		x, err := repository.ListToChange(ctx, b.store, location, arch, keys, b.Adopt)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return userFixable(err)
		}
		for _, e := range x.Entries {
			if e.Name == r.Name && apk.Compare(version, e.Version) < 0 && !b.AllowOlder {
				return usererror.Input(fmt.Errorf("version %s of %s would be older than %s, which is published for %s: no machine would "+
					"upgrade to it; raise the version (git tag, version:, --version) or the release (--release), or pass --allow-older",
					version, r.Name, e.Version, arch))
			}
		}
	}
	return nil
}
