package pipeline

import (
	"context"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/page"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// writePage brings the page of a repository to what its indexes say, of which some were just written, and returns what that
// asked of the store.
func writePage(ctx context.Context, st store.Store, l repository.Location, written []repository.Written,
	out console.Console) store.Traffic {
	counted := store.Count(st)
	_, err := repository.WritePage(ctx, counted, l, written, page.Render)
	notePage(ctx, err, out)
	return counted.Traffic()
}

// notePage tells that a page could not be written. It is made of the indexes alone, so that this is no failure: the next run
// writes it.
func notePage(ctx context.Context, err error, out console.Console) {
	if err != nil && ctx.Err() == nil {
		out.Info("the page for people is not up to date, and the next publish will update it: %v", err)
	}
}

// pages writes those of all selected repositories.
func pages(ctx context.Context, st store.Store, selection repository.Selection, out console.Console) {
	locations, err := repository.Locations(ctx, st, selection)
	if err != nil {
		out.Info("the pages for people are not up to date, and the next publish will update them: %v", err)
		return
	}
	for _, l := range locations {
		writePage(ctx, st, l, nil, out)
	}
}
