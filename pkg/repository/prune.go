package repository

import (
	"context"
	"fmt"
	"path"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// DefaultGrace is how long a package stays in the store after it has left the index. A client goes by an index that
// it has fetched for up to four hours, or until its next apk update.
const DefaultGrace = 24 * time.Hour

// MinGrace is the least: no publisher at work may still go by what it has read before.
const MinGrace = time.Hour

// PruneRequest says what to prune.
type PruneRequest struct {
	Selection
	Retention
	IndexOptions
	Grace time.Duration     // 0: DefaultGrace
	Keys  []*apk.PrivateKey // sign the index; one of them must have signed the present one
	// Spared are keys of packages that stay in any case: those just published.
	Spared []string
	// DryRun reports what would be done and changes nothing. It needs no keys.
	DryRun bool
	// Unreferenced also retires packages that no index has listed for the duration of Grace.
	Unreferenced bool
	// Alone asserts that nobody publishes at the same time. Without it, nothing is deleted from a store that ignores conditions.
	Alone    bool
	Deadline time.Duration    // as in Request
	Now      func() time.Time // nil: the clock
}

// Pruned is one package that a prune has to do with.
type Pruned struct {
	URL  string    `json:"url"`
	Size int64     `json:"size"`
	Left time.Time `json:"left"` // when it left the index, or was found to be in none
}

// PruneReport is what was done, or, of a dry run, would be.
type PruneReport struct {
	Retired []Pruned      `json:"retired"` // left the index now
	Waiting []Pruned      `json:"waiting"` // left it before; their grace is not over
	Deleted []Pruned      `json:"deleted"` // from the store
	Notes   []string      `json:"notes"`
	Changed bool          `json:"-"` // an index, a list of what left it, a key file or a package
	Traffic store.Traffic `json:"-"`
}

// Prune takes what the retention does not keep out of every selected index, by compare-and-swap like Publish, and
// deletes the packages whose grace is over. When it fails, or is killed, the repository is valid, and the next Prune
// continues.
func Prune(ctx context.Context, st store.Store, r PruneRequest) (*PruneReport, error) {
	if r.Grace == 0 {
		r.Grace = DefaultGrace
	}
	if r.Now == nil {
		r.Now = time.Now
	}
	switch {
	case r.Keep < 0 || r.KeepDays < 0:
		return nil, invalid("retention", "the number of versions and of days to keep must not be negative")
	case r.Grace < MinGrace:
		return nil, invalid("grace", "%v is too short, at least %v are needed: running publishers and clients may still use an older index",
			r.Grace, MinGrace)
	case len(r.Keys) == 0 && !r.DryRun:
		return nil, invalid("keys", "a key is needed to sign the index")
	}
	places, err := Places(ctx, st, r.Selection)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, nothing(st)
	}
	counted := store.Count(st)
	report := &PruneReport{Retired: []Pruned{}, Waiting: []Pruned{}, Deleted: []Pruned{}, Notes: []string{}}
	for _, place := range places {
		k := newPruner(counted, place, r, report)
		if err := k.prune(ctx); err != nil {
			return nil, err
		}
		report.Notes = append(report.Notes, k.list.notes...)
		report.Changed = report.Changed || k.editor.changed.Load() || len(report.Deleted) > 0
	}
	report.abortUploads(ctx, st, r)
	report.Traffic = counted.Traffic()
	return report, nil
}

// uploadAborter is a store whose uploads in parts can stay behind unfinished.
type uploadAborter interface {
	AbortUploads(ctx context.Context, before time.Time, selected func(key string) bool, dry bool) (int, error)
}

// abortUploads removes what killed publishers have left of packages that they were sending. That it cannot is noted only: the
// right to list uploads is one of its own.
func (p *PruneReport) abortUploads(ctx context.Context, st store.Store, r PruneRequest) {
	aborter, ok := st.(uploadAborter)
	if !ok {
		return
	}
	n, err := aborter.AbortUploads(ctx, r.Now().Add(-r.Grace), func(key string) bool {
		place, file, ok := parseKey(key)
		return ok && isPackage(file) && r.selects(place)
	}, r.DryRun)
	switch {
	case err != nil:
		p.Notes = append(p.Notes, fmt.Sprintf("unfinished uploads cannot be aborted: %v", err))
	case n > 0 && r.DryRun:
		p.Notes = append(p.Notes, fmt.Sprintf("%d unfinished uploads of killed runs would be aborted", n))
	case n > 0:
		p.Notes = append(p.Notes, fmt.Sprintf("%d unfinished uploads of killed runs were aborted", n))
	}
}

// pruner is the state of the prune of one place.
type pruner struct {
	editor       *editor
	list         *list
	place        Place
	retention    Retention
	grace        time.Duration
	spared       []string
	dryRun       bool
	unreferenced bool
	alone        bool
	now          func() time.Time
	files        map[string]store.Info
	before       retirements // as they were found
	report       *PruneReport
}

func newPruner(st *store.Counted, place Place, r PruneRequest, report *PruneReport) *pruner {
	return &pruner{
		editor: newEditor(st, place.Location, r.IndexOptions, r.Keys, r.Deadline),
		list:   &list{arch: place.Arch, key: place.key(indexName)},
		place:  place, retention: r.Retention, grace: r.Grace, spared: r.Spared, dryRun: r.DryRun, unreferenced: r.Unreferenced,
		alone: r.Alone, now: r.Now, report: report,
	}
}

func (k *pruner) prune(ctx context.Context) error {
	l := k.list
	if err := k.editor.eachIndex(ctx, []*list{l}, k.shorten); err != nil {
		return err
	}
	if l.now.etag == "" {
		l.note("%s has no index; nothing is changed there", k.editor.store.URL(k.place.key("")))
		return nil
	}
	return k.deleteDue(ctx, l)
}

func (k *pruner) pruned(file string, left time.Time) Pruned {
	key := path.Join(k.place.key(""), file)
	return Pruned{URL: k.editor.store.URL(key), Size: k.files[file].Size, Left: left}
}

// moment returns the current time as a tombstone records it.
func (k *pruner) moment() time.Time { return k.now().UTC().Truncate(time.Second) }
