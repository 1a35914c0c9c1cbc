// Package store is the interface of object stores: a flat space of named objects with
// conditional writes. store/s3 and store/dir implement it, store/web for reading only; store/open
// chooses between them.
package store

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// ErrNotFound is the error of a key that does not exist; ErrConflict of a condition that did
// not hold (HTTP 412, 409); ErrUnsupported of what the store cannot do: a condition that it refuses to take
// (501), a listing or a write where there is none.
var (
	ErrNotFound    = errors.New("not found")
	ErrConflict    = errors.New("changed by another")
	ErrUnsupported = errors.New("not supported by the store")
)

// Info is what a store knows of an object.
type Info struct {
	Key      string
	Size     int64
	ETag     string // changes with the content; a listing may leave it empty
	Modified time.Time
	Label    string // that of PutOptions; only Get and Stat know it, and stores that keep it
}

// Content can be read more than once, for retries.
type Content interface {
	Open() (io.ReadSeekCloser, error)
	Size() int64
}

// PutOptions are conditions and headers.
type PutOptions struct {
	IfAbsent     bool   // If-None-Match: *
	IfMatch      string // the ETag that must still be there
	ContentType  string
	CacheControl string
	// Probe asks for what SupportsConditions finds out beside a write with IfAbsent, if the store can tell so early.
	Probe bool
	Label string // kept beside the object: a word of letters and digits
}

// Conditional reports whether the write is to happen under a condition only.
func (o PutOptions) Conditional() bool { return o.IfAbsent || o.IfMatch != "" }

// Store is a flat space of objects below a prefix. Keys are slash-separated paths without empty,
// "." or ".." elements. Implementations are safe for concurrent use and repeat requests that failed
// for a transient reason. A conditional write whose response was lost counts as done if the object holds
// its content, else as a conflict: a caller that merges must find its part merged already.
type Store interface {
	// Check checks, cheaply and without writing, that the store exists and permits access. What the user can fix is a
	// *Problem.
	Check(ctx context.Context) error
	// Get returns the object of key, or ErrNotFound.
	Get(ctx context.Context, key string) (io.ReadCloser, Info, error)
	// Range returns length bytes of the object of key from offset on, which lies inside it; fewer where it ends.
	Range(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error)
	// Stat is Get without the content.
	Stat(ctx context.Context, key string) (Info, error)
	// Put writes the whole object or nothing. ErrConflict: a condition of o did not hold.
	Put(ctx context.Context, key string, c Content, o PutOptions) (Info, error)
	// Delete removes the object; that it does not exist is no error.
	Delete(ctx context.Context, key string) error
	// List returns the objects whose key begins with prefix, in the byte order of their keys.
	List(ctx context.Context, prefix string) iter.Seq2[Info, error]
	// SupportsConditions reports whether the store honours the conditions of PutOptions. Where that is not known
	// it tries, by writing c with the headers of o, which key must hold already, under conditions that
	// do not hold; so nothing changes either way. The answer is kept.
	SupportsConditions(ctx context.Context, key string, c Content, o PutOptions) (bool, error)
	// URL returns the address of key, for people and clients; never with credentials.
	URL(key string) string
}
