package repository

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// Place is one architecture of a repository: the directory of an index and its packages.
type Place struct {
	Location
	Arch string `json:"arch"`
}

func (p Place) key(file string) string { return p.Location.key(p.Arch, file) }

func (p Place) String() string { return p.key("") }

// Selection says which places of a store are meant. An empty field means all of them; without a branch or a repository
// the store must be one that can be listed.
type Selection struct {
	Branch, Repository string
	Arches             []string
}

// Places returns the selected places that have an index or packages. An architecture that is asked for by name is one of
// them where the location is named too, whatever is there.
func Places(ctx context.Context, st store.Store, s Selection) ([]Place, error) {
	for _, arch := range s.Arches {
		if !slices.Contains(apk.Arches(), arch) {
			return nil, invalid("architecture "+arch, "Alpine has no architecture of this name; it has %s",
				strings.Join(apk.Arches(), ", "))
		}
	}
	var places []Place
	var err error
	if s.Branch != "" && s.Repository != "" {
		places, err = s.probe(ctx, st)
	} else {
		places, err = s.list(ctx, st)
	}
	slices.SortFunc(places, func(a, b Place) int { return cmp.Compare(a.String(), b.String()) })
	return places, err
}

// Locations returns the repositories of which a place is selected.
func Locations(ctx context.Context, st store.Store, s Selection) ([]Location, error) {
	if s.Branch != "" && s.Repository != "" {
		return []Location{{Branch: s.Branch, Repository: s.Repository}}, nil
	}
	places, err := Places(ctx, st, s)
	var locations []Location
	for _, p := range places {
		if !slices.Contains(locations, p.Location) {
			locations = append(locations, p.Location)
		}
	}
	return locations, err
}

// probe asks for the index of each architecture.
func (s Selection) probe(ctx context.Context, st store.Store) ([]Place, error) {
	location := Location{Branch: s.Branch, Repository: s.Repository}
	arches := s.Arches
	if len(arches) == 0 {
		arches = apk.Arches()
	}
	var mu sync.Mutex
	var places []Place
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(uploads)
	for _, arch := range arches {
		group.Go(func() error {
			place := Place{Location: location, Arch: arch}
			if len(s.Arches) == 0 {
				_, err := st.Stat(ctx, place.key(indexName))
				if errors.Is(err, store.ErrNotFound) {
					return nil
				}
				if err != nil {
					return err
				}
			}
			mu.Lock()
			defer mu.Unlock()
			places = append(places, place)
			return nil
		})
	}
	return places, group.Wait()
}

// list looks through the store's keys.
func (s Selection) list(ctx context.Context, st store.Store) ([]Place, error) {
	prefix := ""
	if s.Branch != "" {
		prefix = s.Branch + "/"
	}
	var places []Place
	for info, err := range st.List(ctx, prefix) {
		if errors.Is(err, store.ErrUnsupported) {
			return nil, &store.Problem{What: "the repositories cannot be listed", Err: err,
				Hint: "end the URL with the release and the repository, as in /etc/apk/repositories: https://HOST/PATH/v3.24/main"}
		}
		if err != nil {
			return nil, err
		}
		place, file, ok := parseKey(info.Key)
		if ok && (file == indexName || strings.HasSuffix(file, ".apk")) && s.selects(place) && !slices.Contains(places, place) {
			places = append(places, place)
		}
	}
	return places, nil
}

func (s Selection) selects(p Place) bool {
	return (s.Branch == "" || s.Branch == p.Branch) && (s.Repository == "" || s.Repository == p.Repository) &&
		(len(s.Arches) == 0 || slices.Contains(s.Arches, p.Arch))
}

// parseKey reads <branch>/<repository>/<arch>/<file>.
func parseKey(key string) (Place, string, bool) {
	parts := strings.Split(key, "/")
	if len(parts) != 4 || !slices.Contains(apk.Arches(), parts[2]) {
		return Place{}, "", false
	}
	return Place{Location: Location{Branch: parts[0], Repository: parts[1]}, Arch: parts[2]}, parts[3], true
}

// files returns the objects in the place's directory, by name; nil if the store cannot be listed.
func (p Place) files(ctx context.Context, st store.Store) (map[string]store.Info, error) {
	files := map[string]store.Info{}
	for info, err := range st.List(ctx, p.key("")+"/") {
		if errors.Is(err, store.ErrUnsupported) {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("listing %s: %w", st.URL(p.key("")), err)
		}
		if path.Dir(info.Key) == p.key("") {
			files[path.Base(info.Key)] = info
		}
	}
	return files, nil
}

// nothing returns the error for a selection without places.
func nothing(st store.Store) error {
	return &store.Problem{What: "there is no repository at " + st.URL(""), Hint: "check the URL, or end it with the release and the " +
		"repository, as in /etc/apk/repositories"}
}
