package pipeline

import (
	"context"

	"github.com/pakman/build/pkg/page"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// writePages brings the pages of the repositories to what their indexes say, and tells what that asked of the store. A
// page is made of the indexes alone, so that one that cannot be written is no failure: the next run writes it.
func writePages(ctx context.Context, st store.Store, locations []repository.Location, console Console) store.Traffic {
	counted := store.Count(st)
	for _, l := range locations {
		if _, err := repository.WritePage(ctx, counted, l, page.Render); err != nil && ctx.Err() == nil {
			console.Info("the page for people is not up to date, and the next publish will bring it up: %v", err)
		}
	}
	return counted.Traffic()
}

// pages writes those of all selected repositories.
func pages(ctx context.Context, st store.Store, selection repository.Selection, console Console) {
	locations, err := repository.Locations(ctx, st, selection)
	if err != nil {
		console.Info("the pages for people are not up to date, and the next publish will bring them up: %v", err)
		return
	}
	writePages(ctx, st, locations, console)
}
