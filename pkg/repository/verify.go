package repository

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// checks is how many packages are read at once.
const checks = 8

// Fault is something wrong with one object.
type Fault struct {
	URL  string `json:"url"`
	What string `json:"what"`
}

func (f Fault) String() string { return f.URL + ": " + f.What }

// Verification is what Verify found.
type Verification struct {
	Indexes  []string `json:"indexes"`  // URLs
	Packages int      `json:"packages"` // entries of the indexes
	Bytes    int64    `json:"bytes"`    // of the packages that were read
	Keys     []Trust  `json:"keys"`
	Faults   []Fault  `json:"faults"`
	Notes    []Fault  `json:"notes"` // what is no fault but worth knowing
}

// Trust is a key that signatures were checked with.
type Trust struct {
	Name        string `json:"name"`
	Fingerprint string `json:"fingerprint"`
}

// Audit is what to verify, and how.
type Audit struct {
	Selection
	// Keys are the ones to trust. Without any, those that the repository itself publishes count, which shows that it is
	// consistent and not who made it.
	Keys []*apk.PublicKey
	// Progress, if any, is called with the number of packages read and of all; one call at a time.
	Progress func(done, total int)
}

// Verify reads every selected index and every package that they name, and reports all faults. An error means that
// it could not do so. Packages are streamed.
func Verify(ctx context.Context, st store.Store, a Audit) (*Verification, error) {
	places, err := Places(ctx, st, a.Selection)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, nothing(st)
	}
	v := &verifier{Audit: a, store: st, trusted: a.Keys, found: Verification{Indexes: []string{}, Keys: []Trust{}, Faults: []Fault{},
		Notes: []Fault{}}}
	var listed []listedEntry
	for _, place := range places {
		entries, err := v.index(ctx, place)
		if err != nil {
			return nil, err
		}
		listed = append(listed, entries...)
	}
	if err := v.packages(ctx, listed); err != nil {
		return nil, err
	}
	for _, k := range v.trusted {
		v.found.Keys = append(v.found.Keys, Trust{Name: k.Name, Fingerprint: k.Fingerprint()})
	}
	for _, faults := range [][]Fault{v.found.Faults, v.found.Notes} {
		slices.SortStableFunc(faults, func(a, b Fault) int { return cmp.Compare(a.URL, b.URL) })
	}
	return &v.found, nil
}

// verifier is the state of one Verify.
type verifier struct {
	Audit
	store   store.Store
	trusted []*apk.PublicKey
	asked   map[string]bool // names of published keys that were looked for

	mu    sync.Mutex
	found Verification
	done  int
}

type listedEntry struct {
	place Place
	index.Entry
}

func (v *verifier) fault(key, format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.found.Faults = append(v.found.Faults, Fault{URL: v.store.URL(key), What: fmt.Sprintf(format, args...)})
}

func (v *verifier) note(key, format string, args ...any) {
	v.found.Notes = append(v.found.Notes, Fault{URL: v.store.URL(key), What: fmt.Sprintf(format, args...)})
}

// packages reads the packages, some at once.
func (v *verifier) packages(ctx context.Context, listed []listedEntry) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(checks)
	for _, e := range listed {
		group.Go(func() error {
			n, err := v.check(ctx, e)
			if err != nil {
				return err
			}
			v.mu.Lock()
			defer v.mu.Unlock()
			v.found.Bytes += n
			v.done++
			if v.Progress != nil {
				v.Progress(v.done, len(listed))
			}
			return nil
		})
	}
	return group.Wait()
}
