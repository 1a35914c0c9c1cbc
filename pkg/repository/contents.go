package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/store"
)

// Contents is a repository as its indexes describe it. It has nothing else in it, so that the same indexes have the same
// contents.
type Contents struct {
	Location
	URL     string         // the line for /etc/apk/repositories
	Keys    []PublishedKey // that have signed an index, by name
	Indexes []ArchIndex    // by architecture
}

// PublishedKey is a public key in keys/.
type PublishedKey struct {
	*apk.PublicKey
	URL  string
	text []byte // as it is published
}

// ArchIndex is the index of one architecture.
type ArchIndex struct {
	Arch string
	*index.Index
}

// contents returns the content of the page, made of the indexes of all architectures, which find finds, and of the keys that have
// signed them.
func (w *pageWriter) contents(ctx context.Context, find func(context.Context, string) (found, error)) (*Contents, error) {
	arches := apk.Arches()
	there := make([]found, len(arches))
	group, gctx := errgroup.WithContext(ctx)
	for i, arch := range arches {
		group.Go(func() (err error) {
			there[i], err = find(gctx, arch)
			if errors.Is(err, store.ErrNotFound) {
				err = nil
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	c := &Contents{Location: w.Location, URL: w.store.URL(w.path())}
	for i, arch := range arches {
		if there[i].written == nil && there[i].text == nil {
			continue
		}
		x, err := w.index(ctx, c, there[i])
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.store.URL(w.Location.key(arch, indexName)), err)
		}
		c.Indexes = append(c.Indexes, ArchIndex{Arch: arch, Index: x})
	}
	slices.SortFunc(c.Keys, func(a, b PublishedKey) int { return strings.Compare(a.Name, b.Name) })
	return c, nil
}

// index returns an index that a key in keys/ has signed, and remembers those that have.
func (w *pageWriter) index(ctx context.Context, c *Contents, f found) (*index.Index, error) {
	signers, err := f.signers()
	if err != nil {
		return nil, err
	}
	var keys []*apk.PublicKey
	for _, name := range signers {
		key, err := w.publicKey(ctx, c, name)
		if err != nil {
			return nil, err
		}
		if key != nil {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return nil, fmt.Errorf("it is signed by %s, and keys/ holds none of these", visible.Names(signers))
	}
	if f.written == nil {
		return index.Read(bytes.NewReader(f.text), keys...)
	}
	if !f.written.signedBy(keys) {
		return nil, fmt.Errorf("it is signed by %s, and keys/ holds other keys of these names", visible.Names(signers))
	}
	return f.written.Index, nil
}

// publicKey fetches a key once. It returns nil if the key is not published.
func (w *pageWriter) publicKey(ctx context.Context, c *Contents, name string) (*apk.PublicKey, error) {
	if i := slices.IndexFunc(c.Keys, func(k PublishedKey) bool { return k.Name == name }); i >= 0 {
		return c.Keys[i].PublicKey, nil
	}
	if !element.MatchString(name) {
		return nil, nil
	}
	if i := slices.IndexFunc(w.ours, func(k PublishedKey) bool { return k.Name == name }); i >= 0 {
		c.Keys = append(c.Keys, w.ours[i])
		return w.ours[i].PublicKey, nil
	}
	key := "keys/" + name
	text, _, err := fetch(ctx, w.store, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	public, err := apk.ParsePublicKey(name, text)
	if err != nil {
		return nil, err
	}
	c.Keys = append(c.Keys, PublishedKey{PublicKey: public, URL: w.store.URL(key), text: text})
	return public, nil
}
