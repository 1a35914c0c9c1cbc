package gateway

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pakman/build/pkg/store"
)

// object is a stored object as http.ServeContent reads it: from one place on, mostly to its end.
type object struct {
	info store.Info
	part func(offset, length int64) (io.ReadCloser, error)

	body   io.ReadCloser // nil: not asked for yet
	at     int64         // where the body is
	want   int64         // where it is read next
	ranges bool          // it never changes, so that a part of it may be asked for later
	err    error         // the first failure
}

// open asks for the object, or only for what is known of it where that will do. What changes under its name is asked for
// once: its size and its content must be those of one moment.
func (o Options) open(r *http.Request, key string, as store.PutOptions) (*object, error) {
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // who wants several parts gets all of it: each would be a request to the store
	}
	b := &object{ranges: strings.Contains(as.CacheControl, "immutable"), part: func(offset, length int64) (io.ReadCloser, error) {
		return o.Store.Range(r.Context(), key, offset, length)
	}}
	var err error
	if r.Method == http.MethodHead || b.ranges && r.Header.Get("Range") != "" {
		b.info, err = o.Store.Stat(r.Context(), key)
	} else {
		b.body, b.info, err = o.Store.Get(r.Context(), key)
	}
	if err == nil && b.info.Size < 0 {
		b.close()
		err = errors.New("the upstream server does not send the object's size")
	}
	return b, err
}

func (b *object) close() {
	if b.body != nil {
		_ = b.body.Close()
		b.body = nil
	}
}

// Seek notes the place.
func (b *object) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		offset += b.want
	case io.SeekEnd:
		offset += b.info.Size
	}
	if offset < 0 {
		return 0, errors.New("before the beginning")
	}
	b.want = offset
	return offset, nil
}

func (b *object) Read(p []byte) (int, error) {
	if b.want >= b.info.Size {
		return 0, io.EOF
	}
	if err := b.move(); err != nil {
		b.err = err
		return 0, err
	}
	n, err := b.body.Read(p)
	b.at += int64(n)
	b.want = b.at
	if err != nil && (!errors.Is(err, io.EOF) || b.at != b.info.Size) {
		b.err = errors.Join(err, io.ErrUnexpectedEOF)
		return n, b.err
	}
	return n, err
}

// move brings the body to where it is wanted.
func (b *object) move() (err error) {
	if b.body != nil && b.at < b.want && !b.ranges {
		var n int64
		n, err = io.CopyN(io.Discard, b.body, b.want-b.at)
		b.at += n
	}
	if err != nil || b.body != nil && b.at == b.want {
		return err
	}
	b.close()
	b.at = b.want
	b.body, err = b.part(b.want, b.info.Size-b.want)
	return err
}
