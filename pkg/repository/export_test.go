package repository

import (
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// ShortenDeletions lets publishers give up a killed prune sooner.
func ShortenDeletions(t testing.TB, stale time.Duration) {
	t.Helper()
	before := deletionStale
	deletionStale = stale
	t.Cleanup(func() { deletionStale = before })
}

// Leaving is Retention.leaving.
func (r Retention) Leaving(x *index.Index, files map[string]store.Info, now time.Time, spared func(index.Entry) bool) []index.Entry {
	return r.leaving(x, files, now, spared)
}
