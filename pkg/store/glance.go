package store

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// Glancer is a store that shows its first objects with one request, which checks it like Check.
type Glancer interface {
	// Glance returns the first objects in the byte order of their keys, with their ETags, and whether these are all.
	Glance(ctx context.Context) (objects []Info, all bool, err error)
}

// Seen is a store at which somebody has glanced. Its Stat, and its Get of what was not there, are answered from what was seen,
// where that tells; everything else is asked of the store. The answers are those of the moment of the glance.
type Seen struct {
	Store
	objects map[string]Info
	last    string // the key up to which all objects were seen
	all     bool
}

// Look glances at shown, and returns st with what was seen. Of a store that is no Glancer nothing is seen.
func Look(ctx context.Context, shown, st Store) (*Seen, error) {
	s := &Seen{Store: st, objects: map[string]Info{}}
	glancer, ok := shown.(Glancer)
	if !ok {
		return s, nil
	}
	objects, all, err := glancer.Glance(ctx)
	if err != nil {
		return nil, err
	}
	s.all = all
	for _, info := range objects {
		s.objects[info.Key] = info
	}
	if slices.IsSortedFunc(objects, func(a, b Info) int { return strings.Compare(a.Key, b.Key) }) && len(objects) > 0 {
		s.last = objects[len(objects)-1].Key // the directory buckets of AWS have another order
	}
	return s, nil
}

// All returns the keys that were seen, in no order, and reports whether these are all of the store.
func (s *Seen) All() (keys []string, all bool) {
	return slices.Collect(maps.Keys(s.objects)), s.all
}

// Known reports whether the glance tells if the object was there, and returns it if it was; else its key is empty.
func (s *Seen) Known(key string) (info Info, known bool) {
	info, there := s.objects[key]
	return info, there && info.ETag != "" || !there && (s.all || key < s.last)
}

// Stat asks the store only if the glance does not tell.
func (s *Seen) Stat(ctx context.Context, key string) (Info, error) {
	info, known := s.Known(key)
	switch {
	case !known:
		return s.Store.Stat(ctx, key)
	case info.Key == "":
		return Info{}, fmt.Errorf("%s: %w", key, ErrNotFound)
	}
	return info, nil
}

// Get asks the store unless the object was not there.
func (s *Seen) Get(ctx context.Context, key string) (io.ReadCloser, Info, error) {
	if info, known := s.Known(key); known && info.Key == "" {
		return nil, Info{}, fmt.Errorf("%s: %w", key, ErrNotFound)
	}
	return s.Store.Get(ctx, key)
}
