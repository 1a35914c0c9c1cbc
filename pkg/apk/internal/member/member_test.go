package member

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"
)

func zip(t *testing.T, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(content)
	if err = errors.Join(err, z.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// noise deflates badly, so that members are longer than the buffer.
func noise(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{2}).Read(b) // never fails
	return b
}

func TestMembersAreSplitExactly(t *testing.T) {
	contents := [][]byte{[]byte("one"), noise(3 * bufferSize), nil, []byte("four")}
	var members [][]byte
	for _, c := range contents {
		members = append(members, zip(t, c))
	}
	rest := noise(2*bufferSize + 1)
	whole := append(bytes.Join(members, nil), rest...)
	for name, src := range map[string]io.Reader{
		"at once": bytes.NewReader(whole), "by bytes": iotest.OneByteReader(bytes.NewReader(whole)),
	} {
		m := NewReader(src)
		for i, content := range contents {
			var sink bytes.Buffer
			r, err := m.Next(&sink, wide)
			if err != nil {
				t.Fatalf("%s, member %d: %v", name, i, err)
			}
			got, err := io.ReadAll(io.LimitReader(r, int64(len(content)))) // End reads the trailer
			if err == nil {
				err = m.End(r)
			}
			if err != nil || !bytes.Equal(got, content) {
				t.Errorf("%s, member %d: %d bytes of content, error %v", name, i, len(got), err)
			}
			if !bytes.Equal(sink.Bytes(), members[i]) {
				t.Errorf("%s, member %d: the sink got %d bytes, want %d", name, i, sink.Len(), len(members[i]))
			}
		}
		var sink bytes.Buffer
		if err := m.Rest(&sink); err != nil || !bytes.Equal(sink.Bytes(), rest) {
			t.Errorf("%s: %d bytes of rest, want %d, error %v", name, sink.Len(), len(rest), err)
		}
		if m.Offset() != int64(len(whole)) {
			t.Errorf("%s: offset %d, want %d", name, m.Offset(), len(whole))
		}
	}
}

func TestNextRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		content []byte
		want    error
	}{
		"end of file": {nil, io.EOF},
		"half header": {zip(t, nil)[:5], io.ErrUnexpectedEOF},
		"not gzip":    {[]byte("something else"), gzip.ErrHeader},
	} {
		if _, err := NewReader(bytes.NewReader(c.content)).Next(io.Discard, wide); err == nil ||
			!errors.Is(err, c.want) && !strings.Contains(err.Error(), c.want.Error()) {
			t.Errorf("%s: error %v, want %v", name, err, c.want)
		}
	}
}

// wide is a limit that nothing here reaches.
var wide = Limit{1 << 30, 1 << 30}

// A bound is passed to the last byte, and its error names it.
func TestLimit(t *testing.T) {
	zeros := make([]byte, 64<<10)
	for name, c := range map[string]struct {
		content []byte
		limit   Limit
		want    string // empty: all of it is read
	}{
		"compressed":         {noise(4 * bufferSize), Limit{bufferSize, 1 << 30}, "longer than the 64 KiB that are allowed"},
		"decompressed":       {append(zeros, 0), Limit{1 << 30, 64 << 10}, "longer than the 64 KiB that are allowed when decompressed"},
		"exactly":            {zeros, Limit{1 << 30, 64 << 10}, ""},
		"nothing is allowed": {[]byte{1}, Limit{1 << 30, 0}, "longer than the 0 bytes"},
	} {
		m := NewReader(bytes.NewReader(zip(t, c.content)))
		r, err := m.Next(io.Discard, c.limit)
		var got []byte
		if err == nil {
			got, err = io.ReadAll(r)
			err = errors.Join(err, m.End(r))
		}
		var tooLong *LimitError
		if errors.As(err, &tooLong) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
		if int64(len(got)) > c.limit.Inflated || c.want == "" && len(got) != len(c.content) {
			t.Errorf("%s: %d bytes were read", name, len(got))
		}
	}
}

func TestErrorsArrive(t *testing.T) {
	broken := errors.New("broken")
	for name, src := range map[string]io.Reader{
		"at the start":  iotest.ErrReader(broken),
		"in the member": io.MultiReader(bytes.NewReader(zip(t, noise(1000))[:500]), iotest.ErrReader(broken)),
	} {
		m := NewReader(src)
		r, err := m.Next(io.Discard, wide)
		if err == nil {
			err = m.End(r)
		}
		if !errors.Is(err, broken) {
			t.Errorf("%s: error %v, want that of the source", name, err)
		}
		if err := m.Rest(io.Discard); err == nil {
			t.Errorf("%s: no error for the rest", name)
		}
	}
	_, sink := io.Pipe()
	_ = sink.CloseWithError(broken) // always nil
	m := NewReader(bytes.NewReader(zip(t, nil)))
	r, err := m.Next(sink, wide)
	if err == nil {
		err = m.End(r)
	}
	if err == nil {
		t.Error("no error though the sink takes nothing")
	}
}
