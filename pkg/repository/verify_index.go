package repository

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/store"
)

// index checks one index and returns its entries. One that is not signed by a trusted key is read all the same, for the
// faults of its packages.
func (v *verifier) index(ctx context.Context, place Place) ([]listedEntry, error) {
	key := place.key(indexName)
	text, _, err := fetch(ctx, v.store, key)
	if errors.Is(err, store.ErrNotFound) {
		v.fault(key, "there is no index")
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	v.found.Indexes = append(v.found.Indexes, v.store.URL(key))
	signers, err := signersOf(text)
	if err != nil {
		v.fault(key, "%v", err)
	}
	if err := v.learn(ctx, signers); err != nil {
		return nil, err
	}
	x, err := v.signatures(key, text, signers)
	if err != nil {
		v.fault(key, "%v", err)
		return nil, nil
	}
	if err := v.adb(ctx, place, x); err != nil {
		return nil, err
	}
	files, err := place.files(ctx, v.store)
	if err != nil {
		return nil, err
	}
	entries := make([]listedEntry, len(x.Entries))
	for i, e := range x.Entries {
		entries[i] = listedEntry{place, e}
		delete(files, e.Filename())
	}
	v.found.Packages += len(entries)
	return entries, v.unlisted(ctx, place, files)
}

// learn fetches the published keys of these names, if the caller gave none.
func (v *verifier) learn(ctx context.Context, names []string) error {
	if len(v.Keys) > 0 {
		return nil
	}
	if v.asked == nil {
		v.asked = map[string]bool{}
	}
	for _, name := range names {
		if v.asked[name] || !element.MatchString(name) {
			continue
		}
		v.asked[name] = true
		text, _, err := fetch(ctx, v.store, "keys/"+name)
		if errors.Is(err, store.ErrNotFound) {
			v.fault("keys/"+name, "the key that has signed is not published here")
			continue
		}
		if err != nil {
			return err
		}
		k, err := apk.ParsePublicKey(name, text)
		if err != nil {
			v.fault("keys/"+name, "%v", err)
			continue
		}
		v.trusted = append(v.trusted, k)
	}
	return nil
}

// signatures checks every signature of the index that a trusted key has made: its clients have one of them each.
func (v *verifier) signatures(key string, text []byte, signers []string) (*index.Index, error) {
	good := false
	for _, k := range v.trusted {
		if !slices.Contains(signers, k.Name) {
			continue
		}
		if _, err := index.Read(strings.NewReader(string(text)), k); err != nil {
			v.fault(key, "%v", err)
			continue
		}
		good = true
	}
	if !good && len(signers) > 0 {
		v.fault(key, "no trusted key has signed it; it is signed by %s", strings.Join(signers, ", "))
	}
	return index.Read(strings.NewReader(string(text)))
}
