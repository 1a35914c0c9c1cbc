package store

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// A body that trickles in is given up, one that is read slowly is not.
func TestPaced(t *testing.T) {
	for name, c := range map[string]struct {
		perRead time.Duration // that a read of one byte takes
		want    string
	}{
		"fast":    {time.Microsecond, ""},
		"trickle": {time.Second, "less than 1024 bytes per second (121 bytes in 2m1s)"},
	} {
		now := time.Now()
		p := &paced{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", 1000)))}
		inside := false
		p.now = func() time.Time {
			if inside = !inside; inside {
				now = now.Add(time.Hour) // that the reader takes between two reads
			} else {
				now = now.Add(c.perRead)
			}
			return now
		}
		var err error
		for err == nil {
			_, err = p.Read(make([]byte, 1))
		}
		if c.want == "" && !errors.Is(err, io.EOF) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// endless is a store whose one object has no end, and a size that it may lie about.
type endless struct {
	Store
	size int64
	read int
}

func (e *endless) URL(key string) string { return "test://" + key }

func (e *endless) Stat(context.Context, string) (Info, error) {
	return Info{Size: e.size, ETag: "other"}, nil
}

func (e *endless) Get(context.Context, string) (io.ReadCloser, Info, error) {
	return io.NopCloser(e), Info{Size: e.size, ETag: "other"}, nil
}

func (e *endless) Read(b []byte) (int, error) {
	e.read += len(b)
	return len(b), nil
}

// What stands in the place of a package is not read without end, whatever size the store gives.
func TestIdentifyBounded(t *testing.T) {
	for _, size := range []int64{-1, 10, 1 << 40} {
		st := &endless{size: size}
		_, _, err := identify(t.Context(), st, "x.apk", Digests{MD5: "a", SHA256: "b"}, 1<<20)
		var problem *Problem
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), "test://x.apk has more than 1048576 bytes") {
			t.Errorf("size %d: %v", size, err)
		}
		if st.read > 2<<20 {
			t.Errorf("size %d: %d bytes were read", size, st.read)
		}
	}
}
