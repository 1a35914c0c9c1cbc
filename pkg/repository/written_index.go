package repository

import (
	"context"
	"slices"

	"github.com/pakman/build/pkg/apk"
)

// Written is an index as a publish wrote it.
type Written struct {
	ArchIndex
	etag  string
	keys  []*apk.PublicKey // all of which have signed it
	names []string         // of all keys that have signed it
}

// found is the index of one architecture: as it was written, or else the text that is there now. Neither: there is none.
type found struct {
	written *Written
	text    []byte
}

// find reads the index of an architecture, unless it is still the one that was written.
func (w *pageWriter) find(ctx context.Context, arch string) (f found, err error) {
	key := w.Location.key(arch, indexName)
	if i := slices.IndexFunc(w.written, func(x Written) bool { return x.Arch == arch }); i >= 0 {
		info, err := w.store.Stat(ctx, key)
		if err != nil {
			return f, err
		}
		if info.ETag == w.written[i].etag {
			return found{written: &w.written[i]}, nil
		}
	}
	f.text, _, err = fetch(ctx, w.store, key)
	return f, err
}

// signers names the keys that have signed it.
func (f found) signers() ([]string, error) {
	if f.written == nil {
		return signersOf(f.text)
	}
	return f.written.names, nil
}

// names returns the keys' names.
func names(keys []*apk.PublicKey) (all []string) {
	for _, k := range keys {
		all = append(all, k.Name)
	}
	return all
}

// signedBy reports whether one of the keys has signed it.
func (x *Written) signedBy(keys []*apk.PublicKey) bool {
	return slices.ContainsFunc(x.keys, func(ours *apk.PublicKey) bool {
		return slices.ContainsFunc(keys, func(k *apk.PublicKey) bool { return k.Fingerprint() == ours.Fingerprint() })
	})
}
