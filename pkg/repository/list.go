package repository

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// Listed is one entry of an index.
type Listed struct {
	Place
	Name          string     `json:"name"`
	Version       string     `json:"version"`
	Size          int64      `json:"size"`           // of the .apk, in bytes
	InstalledSize int64      `json:"installed-size"` // in bytes
	Built         time.Time  `json:"built"`
	Published     *time.Time `json:"published,omitempty"` // when the store got the package; not known of a web server
	License       string     `json:"license"`
	Description   string     `json:"description"`
	URL           string     `json:"url"` // of the .apk
}

// Packages lists what the selected indexes name. With keys, one of them must have signed each index.
func Packages(ctx context.Context, st store.Store, s Selection, keys ...*apk.PublicKey) ([]Listed, error) {
	places, err := Places(ctx, st, s)
	if err != nil {
		return nil, err
	}
	if len(places) == 0 {
		return nil, nothing(st)
	}
	listed := []Listed{}
	for _, place := range places {
		x, err := List(ctx, st, place.Location, place.Arch, keys...)
		if err != nil {
			return nil, err
		}
		files, err := place.files(ctx, st)
		if err != nil {
			return nil, err
		}
		for _, e := range x.Entries {
			l := Listed{
				Place: place, Name: e.Name, Version: e.Version, Size: e.FileSize, InstalledSize: e.Size,
				Built: time.Unix(e.BuildDate, 0).UTC(), License: e.License, Description: e.Description,
				URL: st.URL(place.key(e.Filename())),
			}
			if info, ok := files[e.Filename()]; ok {
				published := info.Modified.UTC().Truncate(time.Second)
				l.Published = &published
			}
			listed = append(listed, l)
		}
	}
	return listed, nil
}

// List reads the index of arch. With keys, one of them must have signed it. Where there is none, the
// error is store.ErrNotFound.
func List(ctx context.Context, st store.Store, l Location, arch string, keys ...*apk.PublicKey) (*index.Index, error) {
	key := l.key(arch, indexName)
	text, _, err := fetch(ctx, st, key)
	if err != nil {
		return nil, err
	}
	x, err := index.Read(bytes.NewReader(text), keys...)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", st.URL(key), err)
	}
	return x, nil
}

// ListToChange returns the index of arch for a publisher with these keys. One of them must have signed it, unless adopt says
// that it is to be re-signed; else the error is an *InvalidError. Where there is none, the error is store.ErrNotFound.
func ListToChange(ctx context.Context, st store.Store, l Location, arch string, keys []*apk.PrivateKey, adopt bool) (*index.Index, error) {
	e := newEditor(store.Count(st), l, IndexOptions{}, keys, 0)
	e.adopt = adopt
	now, err := e.readIndex(ctx, &list{arch: arch, key: l.key(arch, indexName)})
	if err == nil && now.etag == "" {
		err = fmt.Errorf("%s: %w", st.URL(l.key(arch, indexName)), store.ErrNotFound)
	}
	return now.index, err
}
