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

// keyPath returns where a public key is published: beside all branches, since one key serves them all.
func keyPath(k *apk.PublicKey) string { return path.Join("keys", k.Name) }

// publishKeys puts the public halves of the keys where clients fetch them, after all that are there were compared.
func (e *editor) publishKeys(ctx context.Context) error {
	missing, err := e.missingKeys(ctx)
	if err != nil {
		return err
	}
	return e.addKeys(ctx, missing)
}

// missingKeys returns the keys that are not published. One of another content is an error.
func (e *editor) missingKeys(ctx context.Context) (missing []*apk.PublicKey, err error) {
	for i, k := range e.public {
		text, err := e.publishedKey(ctx, k)
		switch {
		case errors.Is(err, store.ErrNotFound):
			missing = append(missing, k)
			continue
		case err == nil:
			err = e.checkKey(k, text)
		}
		if err != nil {
			return nil, err
		}
		if i == 0 {
			e.probe = text
		}
	}
	return missing, nil
}

// publishedKey returns the text of a key that is published, which need not be read where its ETag tells.
func (e *editor) publishedKey(ctx context.Context, k *apk.PublicKey) ([]byte, error) {
	if info, known := e.seen.Known(keyPath(k)); known && info.Key != "" {
		digests, err := store.DigestsOf(store.BytesContent(k.PEM()))
		if err != nil || digests.MD5 == info.ETag || digests.SHA256 == info.ETag {
			return k.PEM(), err
		}
	}
	text, _, err := fetch(ctx, e.seen, keyPath(k))
	return text, err
}

func (e *editor) checkKey(k *apk.PublicKey, text []byte) error {
	if sameKey(k, text) {
		return nil
	}
	return invalid("key "+k.Name, "%s holds another key of the same name: clients trust keys by name, so give the new key another one",
		e.store.URL(keyPath(k)))
}

// addKeys publishes keys that were missing.
func (e *editor) addKeys(ctx context.Context, missing []*apk.PublicKey) error {
	for _, k := range missing {
		text, err := e.publishKey(ctx, k)
		if err == nil {
			err = e.checkKey(k, text)
		}
		if err != nil {
			return err
		}
		if k == e.public[0] {
			e.probe = text
		}
	}
	return nil
}

// publishKey publishes a key and returns the text that is there afterwards: another publisher may be faster.
func (e *editor) publishKey(ctx context.Context, k *apk.PublicKey) ([]byte, error) {
	for n := 1; ; n++ {
		o := keyHeaders
		o.IfAbsent, o.Probe = true, true
		_, err := e.store.Put(ctx, keyPath(k), store.BytesContent(k.PEM()), o)
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
		text, _, err := fetch(ctx, e.store, keyPath(k))
		if !errors.Is(err, store.ErrNotFound) {
			return text, err
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
