package pipeline

import (
	"context"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/page"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// writePage brings the page of a repository to what its indexes say, of which some were just written, and reports what that
// asked of the store. A page is made of the indexes alone, so that one that cannot be written is no failure: the next run
// writes it.
func writePage(ctx context.Context, st store.Store, l repository.Location, written []repository.Written,
	out console.Console) store.Traffic {
	counted := store.Count(st)
	if _, err := repository.WritePage(ctx, counted, l, written, page.Render); err != nil && ctx.Err() == nil {
		out.Info("the page for people is not up to date, and the next publish will bring it up: %v", err)
	}
	return counted.Traffic()
}

// pages writes those of all selected repositories.
func pages(ctx context.Context, st store.Store, selection repository.Selection, out console.Console) {
	locations, err := repository.Locations(ctx, st, selection)
	if err != nil {
		out.Info("the pages for people are not up to date, and the next publish will bring them up: %v", err)
		return
	}
	for _, l := range locations {
		writePage(ctx, st, l, nil, out)
	}
}
