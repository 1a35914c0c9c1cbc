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

// checkVersion checks that the recipe's version is not below one that is published: machines would never
// upgrade to it. The same version is left to publishing, which knows whether it has the same bytes.
func checkVersion(ctx context.Context, st store.Store, r *recipe.Recipe) error {
	version := fmt.Sprintf("%s-r%d", r.Version, r.Release)
	location := repository.Location{Branch: r.Branch, Repository: r.Repository}
	for _, arch := range r.Targets {
		x, err := repository.List(ctx, st, location, arch)
		if errors.Is(err, store.ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, e := range x.Entries {
			if e.Name == r.Name && apk.Compare(version, e.Version) < 0 {
				return usererror.Input(fmt.Errorf("version %s of %s would be older than %s, which is published for %s: no machine would "+
					"upgrade to it; raise the version (git tag, version:, --version) or the release (--release), or pass --allow-older",
					version, r.Name, e.Version, arch))
			}
		}
	}
	return nil
}
