package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// plausible is the size up to which an object's announcement is believed.
const plausible = 64 << 20

// fetch reads a small object, again when the reading breaks off.
func fetch(ctx context.Context, st store.Store, key string) (text []byte, info store.Info, err error) {
	err = rereads.Do(ctx, func(int) (err error) {
		var r io.ReadCloser
		if r, info, err = st.Get(ctx, key); err != nil {
			return err
		}
		most := bound(key)
		if info.Size > most {
			return errors.Join(tooLong(st, key, most), r.Close())
		}
		if text, err = readWhole(r, info.Size, most); err != nil {
			return &backoff.TransientError{Err: fmt.Errorf("reading %s: %w", st.URL(key), err)}
		}
		if int64(len(text)) > most {
			return tooLong(st, key, most)
		}
		return nil
	})
	if err != nil {
		return nil, info, err
	}
	return text, info, nil
}

// bound returns how many bytes the object of that key may have.
func bound(key string) int64 {
	switch path.Base(key) {
	case indexName:
		return 64 << 20
	case adbName:
		return 128 << 20
	case retiredName:
		return 16 << 20
	}
	return 64 << 10 // a public key
}

func tooLong(st store.Store, key string, most int64) error {
	return invalid(st.URL(key),
		"it has more than the %d bytes that are read of it: it is not what it should be, or the repository is too large for one index",
		most)
}

// readWhole reads at most one byte more than most. A size of -1 is not known.
func readWhole(r io.ReadCloser, size, most int64) ([]byte, error) {
	var text bytes.Buffer
	text.Grow(int(max(0, min(size, plausible)) + bytes.MinRead)) // what is announced may not be there
	_, err := text.ReadFrom(io.LimitReader(r, most+1))
	err = errors.Join(err, r.Close())
	if err == nil && size >= 0 && int64(text.Len()) != size {
		err = io.ErrUnexpectedEOF
	}
	return text.Bytes(), err
}

// between is how long a change of an index waits before it is tried again, so that publishers do not meet again, and rereads
// is how an object is read again whose reading broke off.
var (
	between = backoff.Policy{First: 20 * time.Millisecond, Longest: 700 * time.Millisecond}
	rereads = backoff.Policy{Attempts: 4, First: 20 * time.Millisecond}
)
