package deflate

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"
)

// withHole compresses input, of which n bytes from at on come only after so many more.
func withHole(w io.Writer, input []byte, at, n, after, workers int) error {
	z := NewWriter(w, Fast, workers)
	end := min(at+n+after, len(input))
	_, err := z.Write(input[:at])
	if err == nil {
		err = z.Skip(n, int64(after))
	}
	if err == nil {
		_, err = z.Write(input[at+n : end])
	}
	if err != nil {
		z.Abort()
		return err
	}
	z.Fill(input[at : at+n])
	if _, err := z.Write(input[end:]); err != nil {
		z.Abort()
		return err
	}
	return z.Close()
}

// TestHole: where there was a hole makes no difference, also at the borders of blocks and in their dictionaries.
func TestHole(t *testing.T) {
	input := inputs()["mixed"]
	want := compress(t, input, Fast, 2, len(input))
	for _, n := range []int{1, 40, window + 5} {
		for _, at := range []int{0, 1000, blockSize - window - n, blockSize - window - 1, blockSize - window, blockSize - 20, blockSize,
			2*blockSize - 1} {
			for _, after := range []int{0, 100, blockSize - 7, 3 * blockSize} {
				var out bytes.Buffer
				if err := withHole(&out, input, at, n, min(after, len(input)-at-n), 1+at%3); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(out.Bytes(), want) {
					t.Errorf("%d bytes at %d, filled after %d more: other bytes", n, at, after)
				}
			}
		}
	}
}

// TestManyHoles: what follows one may fill all blocks there are, and they come back for the next.
func TestManyHoles(t *testing.T) {
	input := bytes.Repeat([]byte("some text "), Ahead/10)
	var out bytes.Buffer
	z := NewWriter(&out, Fast, 2)
	var want bytes.Buffer
	for round, follow := range []int{len(input), 300_000, 700_000, 300_000, len(input), 0, 300_000} {
		if err := z.Skip(3, int64(follow)); err != nil {
			t.Fatal(err)
		}
		if _, err := z.Write(input[:follow]); err != nil {
			t.Fatal(err)
		}
		z.Fill(fmt.Appendf(nil, "%03d", round))
		fmt.Fprintf(&want, "%03d%s", round, input[:follow])
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if most := z.usual + mostAhead; z.blocks > most {
		t.Errorf("%d blocks, want %d at most", z.blocks, most)
	}
	if !bytes.Equal(unpack(t, out.Bytes()), want.Bytes()) {
		t.Error("other bytes came out")
	}
}

func TestHoleThatIsNotFilled(t *testing.T) {
	if err := withHole(io.Discard, make([]byte, 5*blockSize), 0, 9, Ahead+1, 1); !errors.Is(err, errHole) {
		t.Errorf("more follows than may: %v", err)
	}
	z := NewWriter(io.Discard, Fast, 1)
	if err := errors.Join(z.Skip(9, 100), z.Skip(9, 100)); !errors.Is(err, errHole) {
		t.Errorf("another hole: %v", err)
	}
	if _, err := z.Write(make([]byte, 9*blockSize)); !errors.Is(err, errHole) {
		t.Errorf("more follows than was said: %v", err)
	}
	if err := z.Close(); !errors.Is(err, errHole) {
		t.Errorf("closed: %v", err)
	}
}

func TestHoleAndAFullDisk(t *testing.T) {
	for _, writes := range []full{0, 1, 3} {
		if err := withHole(&writes, make([]byte, 20*blockSize), 5, 40, 10*blockSize, 2); !errors.Is(err, errFull) {
			t.Errorf("error %v, want that of the disk", err)
		}
	}
}
