package deflate

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// inputs have lengths around the borders of blocks and contents that deflate well, badly and in turns.
func inputs() map[string][]byte {
	random := make([]byte, 3*blockSize)
	r := rand.NewChaCha8([32]byte{1})
	_, _ = r.Read(random) // never fails
	text := []byte(strings.Repeat("a line of some text that comes again and again\n", 3*blockSize/40))
	mixed := bytes.Join([][]byte{text[:blockSize/2], random[:blockSize], text[:blockSize], random[:100]}, nil)
	all := map[string][]byte{"mixed": mixed, "empty": nil, "one byte": {'x'}}
	for _, n := range []int{window - 1, window, blockSize - 1, blockSize, blockSize + 1, 2*blockSize + window} {
		all[fmt.Sprint("random ", n)] = random[:n]
		all[fmt.Sprint("text ", n)] = text[:n]
	}
	return all
}

func compress(t *testing.T, input []byte, level Level, workers, step int) []byte {
	t.Helper()
	var out bytes.Buffer
	z := NewWriter(&out, level, workers)
	for rest := input; len(rest) > 0; {
		n := min(step, len(rest))
		if _, err := z.Write(rest[:n]); err != nil {
			t.Fatal(err)
		}
		rest = rest[n:]
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for name, input := range inputs() {
		for _, level := range []Level{Quick, Fast, Balanced, Smallest} {
			if level == Smallest && len(input) > blockSize+1 && name != "mixed" {
				continue // it takes its time
			}
			if got := unpack(t, compress(t, input, level, 2, 100_000)); !bytes.Equal(got, input) {
				t.Errorf("%s, level %d: %d bytes came out of %d", name, level, len(got), len(input))
			}
		}
	}
}

func unpack(t *testing.T, packed []byte) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(packed)) // the standard library's, another implementation
	if err != nil {
		t.Fatal(err)
	}
	r.Multistream(false) // it must be a single member
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestRaw: it is the member without its header of 10 bytes and trailer of 8.
func TestRaw(t *testing.T) {
	input := inputs()["mixed"]
	var out bytes.Buffer
	z := NewRawWriter(&out, Balanced, 2)
	if _, err := z.Write(input); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	member := compress(t, input, Balanced, 2, len(input))
	if !bytes.Equal(out.Bytes(), member[10:len(member)-8]) {
		t.Error("not what the gzip member holds")
	}
}

func TestOutputDependsOnInputAlone(t *testing.T) {
	input := inputs()["mixed"]
	for _, level := range []Level{Quick, Fast, Balanced, Smallest} {
		want := compress(t, input, level, 1, len(input))
		for workers, step := range map[int]int{0: 999, 2: 1 << 20, 100: 7777} {
			if got := compress(t, input, level, workers, step); !bytes.Equal(got, want) {
				t.Errorf("level %d, %d workers, writes of %d: other bytes", level, workers, step)
			}
		}
	}
}

// full is a disk that takes so many writes.
type full int

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if *f--; *f < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestErrorsOfTheOutputArrive(t *testing.T) {
	input := make([]byte, 20*blockSize)
	for _, writes := range []full{0, 1, 3, 21} { // header, blocks, trailer
		z := NewWriter(&writes, Fast, 2)
		_, err := z.Write(input)
		if err == nil {
			err = z.Close()
		} else {
			z.Abort()
		}
		if !errors.Is(err, errFull) {
			t.Errorf("error %v, want that of the disk", err)
		}
	}
}

func TestBadLevelIsAnError(t *testing.T) {
	z := NewWriter(io.Discard, 99, 1)
	if err := z.Close(); err == nil {
		t.Error("level 99 was taken")
	}
}

func TestAbort(t *testing.T) {
	var out bytes.Buffer
	z := NewWriter(&out, Fast, 2)
	if _, err := z.Write(make([]byte, 5*blockSize)); err != nil {
		t.Fatal(err)
	}
	z.Abort()
	n := out.Len() // the race detector sees it if a worker still writes
	if n == 0 {
		t.Error("nothing was written before")
	}
}
