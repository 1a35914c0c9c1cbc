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
	"sync"

	"github.com/pakman/build/pkg/store"
)

// memory is a store that keeps or ignores conditions.
type memory struct {
	lock    sync.Mutex // for the methods; tests look at the objects while nobody calls them
	objects map[string]string
	ignore  bool
}

func etag(content string) string {
	sum := md5.Sum([]byte(content))
	return hex.EncodeToString(sum[:])
}

func (m *memory) Check(context.Context) error { return nil }

func (m *memory) Get(_ context.Context, key string) (io.ReadCloser, store.Info, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	info, err := m.stat(key)
	return io.NopCloser(strings.NewReader(m.objects[key])), info, err
}

func (m *memory) Stat(_ context.Context, key string) (store.Info, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	return m.stat(key)
}

func (m *memory) stat(key string) (store.Info, error) {
	content, ok := m.objects[key]
	if !ok {
		return store.Info{}, fmt.Errorf("%s: %w", key, store.ErrNotFound)
	}
	return store.Info{Key: key, Size: int64(len(content)), ETag: etag(content)}, nil
}

func (m *memory) Range(_ context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	m.lock.Lock()
	defer m.lock.Unlock()
	_, err := m.stat(key)
	return io.NopCloser(io.NewSectionReader(strings.NewReader(m.objects[key]), offset, length)), err
}

func (m *memory) Put(_ context.Context, key string, c store.Content, o store.PutOptions) (store.Info, error) {
	r, err := c.Open()
	if err != nil {
		return store.Info{}, err
	}
	var content bytes.Buffer
	if _, err := content.ReadFrom(r); err != nil {
		return store.Info{}, err
	}
	m.lock.Lock()
	defer m.lock.Unlock()
	old, exists := m.objects[key]
	if !m.ignore && (o.IfAbsent && exists || o.IfMatch != "" && (!exists || o.IfMatch != etag(old))) {
		return store.Info{}, fmt.Errorf("%s: %w", key, store.ErrConflict)
	}
	m.objects[key] = content.String()
	return m.stat(key)
}

func (m *memory) Delete(_ context.Context, key string) error {
	m.lock.Lock()
	defer m.lock.Unlock()
	delete(m.objects, key)
	return nil
}

func (m *memory) List(_ context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		for _, info := range m.below(prefix) {
			if !yield(info, nil) {
				return
			}
		}
	}
}

// Glance returns all objects.
func (m *memory) Glance(context.Context) ([]store.Info, bool, error) { return m.below(""), true, nil }

func (m *memory) below(prefix string) (found []store.Info) {
	m.lock.Lock()
	defer m.lock.Unlock()
	for _, key := range slices.Sorted(maps.Keys(m.objects)) {
		if strings.HasPrefix(key, prefix) {
			info, _ := m.stat(key) // it is there
			found = append(found, info)
		}
	}
	return found
}

func (m *memory) SupportsConditions(context.Context, string, store.Content, store.PutOptions) (bool, error) {
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
