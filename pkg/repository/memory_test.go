package repository_test

import (
	"bytes"
	"context"
	"crypto/md5" // what an ETag is
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/store"
)

// memory is a store of one goroutine at a time, which keeps or ignores conditions.
type memory struct {
	objects map[string]string
	ignore  bool
}

func etag(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

func (m *memory) Check(context.Context) error { return nil }

func (m *memory) Get(ctx context.Context, key string) (io.ReadCloser, store.Info, error) {
	info, err := m.Stat(ctx, key)
	return io.NopCloser(strings.NewReader(m.objects[key])), info, err
}

func (m *memory) Stat(_ context.Context, key string) (store.Info, error) {
	content, ok := m.objects[key]
	if !ok {
		return store.Info{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	return store.Info{Key: key, Size: int64(len(content)), ETag: etag(content)}, nil
}

func (m *memory) Range(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	_, err := m.Stat(ctx, key)
	return io.NopCloser(io.NewSectionReader(strings.NewReader(m.objects[key]), offset, length)), err
}

func (m *memory) Put(ctx context.Context, key string, c store.Content, o store.PutOptions) (store.Info, error) {
	r, err := c.Open()
	if err != nil {
		return store.Info{}, err
	}
	var content bytes.Buffer
	if _, err := content.ReadFrom(r); err != nil {
		return store.Info{}, err
	}
	old, exists := m.objects[key]
	if !m.ignore && (o.IfAbsent && exists || o.IfMatch != "" && (!exists || o.IfMatch != etag(old))) {
		return store.Info{}, fmt.Errorf("%s: %w", key, store.ErrConflict)
	}
	m.objects[key] = content.String()
	return m.Stat(ctx, key)
}

func (m *memory) Delete(_ context.Context, key string) error {
	delete(m.objects, key)
	return nil
}

func (m *memory) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for _, key := range slices.Sorted(maps.Keys(m.objects)) {
			if strings.HasPrefix(key, prefix) && !yield(m.Stat(ctx, key)) {
				return
			}
		}
	}
}

func (m *memory) Conditional(context.Context, string, store.Content, store.PutOptions) (bool, error) {
	return !m.ignore, nil
}

func (m *memory) URL(key string) string { return "memory:" + key }

// text is all that the store holds, to tell one state of it from another.
func (m *memory) text() string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(m.objects)) {
		b.WriteString(key + " " + etag(m.objects[key]) + "\n")
	}
	return b.String()
}
