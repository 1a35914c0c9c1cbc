package repository

import (
	"bytes"
	"context"
	"errors"
	"path"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/store"
)

// keyHeaders are those of a public key. It does not change under its name, unless it was put there by mistake.
var keyHeaders = store.PutOptions{ContentType: "application/x-pem-file", CacheControl: "public, max-age=300"}

// keyPath is where a public key is published: beside all branches, since one key serves them all.
func keyPath(k *apk.PublicKey) string { return path.Join("keys", k.Name) }

// publishKeys puts the public halves of the keys where clients fetch them.
func (e *editor) publishKeys(ctx context.Context) error {
	for i, k := range e.public {
		text, err := e.publishKey(ctx, k)
		if err != nil {
			return err
		}
		if !sameKey(k, text) {
			return invalid("key "+k.Name,
				"%s holds another key of the same name: clients trust keys by name, so give the new key another one",
				e.store.URL(keyPath(k)))
		}
		if i == 0 {
			e.probe = text
		}
	}
	return nil
}

// publishKey publishes a key and returns the text that is there afterwards: another publisher may be faster.
func (e *editor) publishKey(ctx context.Context, k *apk.PublicKey) ([]byte, error) {
	for n := 1; ; n++ {
		text, _, err := fetch(ctx, e.store, keyPath(k))
		if !errors.Is(err, store.ErrNotFound) {
			return text, err
		}
		o := keyHeaders
		o.IfAbsent = true
		_, err = e.store.Put(ctx, keyPath(k), store.BytesContent(k.PEM()), o)
		if errors.Is(err, store.ErrUnsupported) {
			_, err = e.store.Put(ctx, keyPath(k), store.BytesContent(k.PEM()), keyHeaders)
		}
		if err == nil {
			e.changed.Store(true)
			return k.PEM(), nil
		}
		if !errors.Is(err, store.ErrConflict) || n == conflicts {
			return nil, err
		}
		if err := between.Wait(ctx, n); err != nil {
			return nil, err
		}
	}
}

// sameKey reports whether text is the key k. It compares keys, since PEM may be wrapped differently.
func sameKey(k *apk.PublicKey, text []byte) bool {
	other, err := apk.ParsePublicKey(k.Name, text)
	return err == nil && bytes.Equal(other.PEM(), k.PEM())
}

// chooseMode finds out whether the store honours conditions. A probe may write the first key again. A publish that adds
// nothing must know it too: where conditions are ignored, it may have to restore entries that the write of a killed
// publisher removed.
func (e *editor) chooseMode(ctx context.Context) (err error) {
	e.swaps, err = e.store.SupportsConditions(ctx, keyPath(e.public[0]), store.BytesContent(e.probe), keyHeaders)
	return err
}
