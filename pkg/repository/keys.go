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
func (p *publisher) publishKeys(ctx context.Context) error {
	for i, k := range p.public {
		text, err := p.publishKey(ctx, k)
		if err != nil {
			return err
		}
		if !sameKey(k, text) {
			return invalid("key "+k.Name, "%s holds another key of the same name: clients trust keys by name, so give the new key another one",
				p.store.URL(keyPath(k)))
		}
		if i == 0 {
			p.probe = text
		}
	}
	return nil
}

// publishKey returns the text of the key that stands there in the end: another publisher may be faster.
func (p *publisher) publishKey(ctx context.Context, k *apk.PublicKey) ([]byte, error) {
	for n := 1; ; n++ {
		text, _, err := fetch(ctx, p.store, keyPath(k))
		if !errors.Is(err, store.ErrNotFound) {
			return text, err
		}
		o := keyHeaders
		o.IfAbsent = true
		_, err = p.store.Put(ctx, keyPath(k), store.BytesContent(k.PEM()), o)
		if errors.Is(err, store.ErrUnsupported) {
			_, err = p.store.Put(ctx, keyPath(k), store.BytesContent(k.PEM()), keyHeaders)
		}
		if err == nil {
			p.changed.Store(true)
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

// sameKey compares keys, not their texts: PEM may be wrapped differently.
func sameKey(k *apk.PublicKey, text []byte) bool {
	other, err := apk.ParsePublicKey(k.Name, text)
	return err == nil && bytes.Equal(other.PEM(), k.PEM())
}

// chooseMode finds out whether the store honours conditions. The first key is what a probe may write again. Also a
// publish that has nothing to add must know: where conditions are ignored it may have to bring back what a
// killed publisher's write has hidden.
func (p *publisher) chooseMode(ctx context.Context) (err error) {
	p.swaps, err = p.store.Conditional(ctx, keyPath(p.public[0]), store.BytesContent(p.probe), keyHeaders)
	return err
}
