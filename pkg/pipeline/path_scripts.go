package pipeline

import (
	"context"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apkbuild"
)

// addPathScripts adds to the packages' install scripts what makes room on machines where a path was of another kind: apk
// does not upgrade a directory to a link or a file, nor either to a directory. An APKBUILD of the user's own has its own scripts, and
// the paths of the package of the init script are the same in every version.
func addPathScripts(ctx context.Context, p *Plan, packages map[string]*apkbuild.PathKinds) error {
	if p.Own {
		return nil
	}
	for file, kinds := range packages {
		if kinds.Name == p.Recipe.Name+"-openrc" {
			continue
		}
		scripts, err := kinds.Scripts()
		if err == nil && len(scripts) > 0 {
			err = apk.AddToScripts(ctx, file, scripts)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
