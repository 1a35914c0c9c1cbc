package repository

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// take takes the published package in place of the item's own, which has different content, if one of our keys has signed it
// and both were made from the same commit by the same recipe: some builds write random identifiers, and a run that is
// repeated is to end well. Else it returns a DifferentError.
func (p *publisher) take(ctx context.Context, it *item, published string) error {
	if it.pkg.Info.Commit == "" {
		return it.different(p.editor.store.URL(it.Key), published, nil)
	}
	there, err := p.editor.fetchPackage(ctx, it.Arch, it.Key)
	var invalid *InvalidError
	switch {
	case errors.As(err, &invalid):
		return it.different(p.editor.store.URL(it.Key), published, fmt.Errorf("the published package is not kept: %w", invalid.Err))
	case err != nil:
		return err
	}
	if err := apk.SameSource(it.pkg, there.pkg); err != nil {
		return it.different(p.editor.store.URL(it.Key), there.pkg.SHA256, err)
	}
	it.pkg, it.digests = there.pkg, store.Digests{SHA256: there.pkg.SHA256}
	it.SHA256, it.Size, it.InstalledSize = there.pkg.SHA256, there.pkg.FileSize, there.pkg.Info.Size
	it.Taken, it.Unchanged = true, true
	return nil
}

// takenNote says which published packages were taken; empty: none.
func takenNote(items []*item) string {
	var names []string
	for _, it := range items {
		if name := it.Name + " " + it.Version; it.Taken && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: already published from the same commit; this build's content differs, and the published package is kept "+
		"(overwrite replaces it)", strings.Join(names, ", "))
}
