package ustar

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestStandardLibraryReadsIt takes archive/tar as another implementation.
func TestStandardLibraryReadsIt(t *testing.T) {
	long := strings.Repeat("d/", 80) + "file"
	headers := []Header{
		{Path: "usr/", Type: Directory, Mode: 0o2755, User: "root", Group: "root", ModTime: 1700000000},
		{Path: "usr/f", Type: File, Mode: 0o4755, Size: 5, User: "root", Group: "wheel", ModTime: 1},
		{Path: "usr/l", Type: Symlink, Mode: 0o777, Linkname: long, Records: []Record{{"X.y", "a=b\n\x00c"}}},
		{Path: "usr/h", Type: HardLink, Mode: 0o644, Linkname: "usr/f"},
		{Path: long, Type: File, Size: 512, User: strings.Repeat("u", 32), Group: strings.Repeat("g", 33)},
		{Path: "grüße", Type: File, Size: 513},
		{Path: strings.Repeat("e", 100), Type: File},
	}
	var archive bytes.Buffer
	w := NewWriter(&archive)
	for _, h := range headers {
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if archive.Len()%blockSize != 0 {
		t.Errorf("%d bytes are no whole blocks", archive.Len())
	}
	r := tar.NewReader(&archive)
	for _, want := range headers {
		h, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		got := Header{
			Path: h.Name, Type: h.Typeflag, Mode: h.Mode, Size: h.Size, Linkname: h.Linkname,
			User: h.Uname, Group: h.Gname, ModTime: h.ModTime.Unix(),
		}
		if value, ok := h.PAXRecords["X.y"]; ok {
			got.Records = []Record{{"X.y", value}}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("entry (-in +out):\n%s", diff)
		}
		if content, err := io.ReadAll(r); err != nil || int64(len(content)) != want.Size {
			t.Errorf("%s: %d bytes of content, error %v", want.Path, len(content), err)
		}
	}
	if _, err := r.Next(); err != io.EOF {
		t.Errorf("error %v at the end", err)
	}
}

// TestLargeFile reads back the header alone of a file beyond 8 GiB.
func TestLargeFile(t *testing.T) {
	var archive bytes.Buffer
	const size = 1<<33 + 5
	if err := NewWriter(&archive).WriteHeader(&Header{Path: "f", Type: File, Size: size, ModTime: 7}); err != nil {
		t.Fatal(err)
	}
	h, err := tar.NewReader(&archive).Next()
	if err != nil || h.Size != size || !h.ModTime.Equal(time.Unix(7, 0)) {
		t.Errorf("header %+v, error %v", h, err)
	}
}

func TestRecordsCountThemselves(t *testing.T) {
	for n := range 2000 {
		b := appendRecords(nil, []Record{{"k", strings.Repeat("v", n)}})
		length, _, _ := strings.Cut(string(b), " ")
		if want := len(b); length != itoa(want) {
			t.Fatalf("a line of %d bytes says %s", want, length)
		}
	}
}

func itoa(n int) string {
	if n < 10 {
		return string(rune('0' + n))
	}
	return itoa(n/10) + itoa(n%10)
}

func TestMisuse(t *testing.T) {
	w := NewWriter(io.Discard)
	for _, date := range []int64{-1, 1 << 40} {
		if err := w.WriteHeader(&Header{Path: "f", Type: File, ModTime: date}); err == nil {
			t.Errorf("time %d was taken", date)
		}
	}
	if err := w.WriteHeader(&Header{Path: "f", Type: File, Size: 3}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write([]byte("1234")); err == nil {
		t.Error("too much content was taken")
	}
	if err := w.Close(); err == nil {
		t.Error("too little content was taken")
	}
	if err := w.WriteHeader(&Header{Path: "g", Type: File}); err == nil {
		t.Error("too little content was taken")
	}
}

// full takes so many bytes.
type full int

func (f *full) Write(p []byte) (int, error) {
	if *f -= full(len(p)); *f < 0 {
		return 0, errors.New("disk full")
	}
	return len(p), nil
}

func TestErrorsArrive(t *testing.T) {
	for limit := full(0); limit < 5*blockSize; limit += blockSize {
		disk := limit
		w := NewWriter(&disk)
		h := Header{Path: "f", Type: File, Size: 1, Records: []Record{{"a", "b"}}}
		err := w.WriteHeader(&h)
		if err == nil {
			_, err = w.Write([]byte("x"))
		}
		if err == nil {
			err = w.Close()
		}
		if err == nil {
			t.Errorf("%d bytes were enough", limit)
		}
	}
}
