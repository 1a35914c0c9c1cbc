package flate

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	kpflate "github.com/klauspost/compress/flate"
)

var efforts = map[string]Effort{"balanced": Balanced, "smallest": Smallest}

// inputs are at the borders of the format: runs, what does not deflate, few and many kinds of bytes,
// matches of every length and of the farthest distances.
func inputs() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n, kinds int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(r.IntN(kinds))
		}
		return b
	}
	noise := random(200_000, 256)
	var lengths, fibonacci []byte
	for n := 1; n < 300; n++ { // each separated by what occurs once
		lengths = append(append(lengths, noise[:n]...), random(5, 256)...)
	}
	a, b := 1, 1
	for symbol := range 23 { // the tree of such frequencies is deeper than a code may be
		fibonacci = append(fibonacci, bytes.Repeat([]byte{byte(symbol)}, a)...)
		a, b = b, a+b
	}
	r.Shuffle(len(fibonacci), func(i, j int) { fibonacci[i], fibonacci[j] = fibonacci[j], fibonacci[i] })
	text := []byte(strings.Repeat("a line of some text that comes again and again\n", 5000))
	period := bytes.Repeat(random(window, 4), 4)
	for range 2000 { // so that neither what repeats nor what is new is long
		period[r.IntN(len(period))]++
	}
	all := map[string][]byte{
		"period": period,
		"empty":  nil, "nibbles": random(50_000, 16), "bits": random(50_000, 2), "noise": noise,
		"lengths": lengths, "fibonacci": fibonacci, "text": text, "zeros": make([]byte, 300_000),
		"farthest":  append(noise[:window:window], noise[:1000]...),
		"too far":   append(noise[:window+1:window+1], noise[:1000]...),
		"mixed":     bytes.Join([][]byte{text[:70_000], noise[:70_000], text[70_000:90_000], make([]byte, 40_000), noise[:100]}, nil),
		"ascending": binary.BigEndian.AppendUint64(nil, 0x0102030405060708),
	}
	for n := 1; n < 12; n++ {
		all[fmt.Sprint("short noise ", n)] = noise[:n]
		all[fmt.Sprint("short zeros ", n)] = make([]byte, n)
	}
	return all
}

// encode returns the input in pieces of that size, each with what stands before as dictionary.
func encode(e *Encoder, input []byte, piece int) (out []byte) {
	buffer := make([]byte, 0, Most+Slack) // of all pieces: what one leaves behind its end must not show in the next
	for at := 0; at == 0 || at < len(input); at += piece {
		end := min(at+piece, len(input))
		dictionary := min(at, window)
		buffer = append(buffer[:0], input[at-dictionary:end]...)
		out = e.Encode(out, buffer, dictionary, end == len(input))
	}
	return out
}

// check lets two decoders, neither of them ours, give the input back.
func check(t *testing.T, input, out []byte) {
	t.Helper()
	for name, r := range map[string]io.Reader{
		"compress/flate":  flate.NewReader(bytes.NewReader(out)),
		"klauspost/flate": kpflate.NewReader(bytes.NewReader(out)),
	} {
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, input) {
			t.Errorf("%s: %d bytes came out of %d, error %v", name, len(got), len(input), err)
		}
	}
}

func TestRoundTrip(t *testing.T) {
	for effort, level := range efforts {
		e := NewEncoder(level) // one for all: nothing of an input may be left for the next
		for name, input := range inputs() {
			for _, piece := range []int{7_000, 65_536, Most - window} {
				t.Run(fmt.Sprint(effort, "/", name, "/", piece), func(t *testing.T) {
					out := encode(e, input, piece)
					check(t, input, out)
					if fresh := encode(NewEncoder(level), input, piece); !bytes.Equal(out, fresh) {
						t.Error("a fresh encoder gives other bytes")
					}
				})
			}
		}
	}
}

// TestGzipReadsIt asks the program that everybody has, whose decoder is a third one.
func TestGzipReadsIt(t *testing.T) {
	gzip, err := exec.LookPath("gzip")
	if err != nil {
		t.Skip("gzip is not on PATH")
	}
	for effort, level := range efforts {
		file := filepath.Join(t.TempDir(), effort+".gz")
		var all []byte
		for _, input := range inputs() {
			all = append(all, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3)
			all = append(all, encode(NewEncoder(level), input, 50_000)...)
			all = binary.LittleEndian.AppendUint32(all, crc32.ChecksumIEEE(input))
			all = binary.LittleEndian.AppendUint32(all, uint32(len(input)))
		}
		if err := os.WriteFile(file, all, 0o600); err != nil {
			t.Fatal(err)
		}
		if out, err := exec.CommandContext(t.Context(), gzip, "-t", file).CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s", effort, err, out)
		}
	}
}

// TestSmallerThanOthers takes the test's own program, which is like what packages hold.
func TestSmallerThanOthers(t *testing.T) {
	program, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	program = program[:min(len(program), 2<<20)]
	var other bytes.Buffer
	z, err := flate.NewWriter(&other, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.Write(program); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	balanced := encode(NewEncoder(Balanced), program, Most-window)
	smallest := encode(NewEncoder(Smallest), program, Most-window)
	if len(balanced) > other.Len() || float64(len(smallest)) > 0.98*float64(other.Len()) {
		t.Errorf("balanced %d, smallest %d bytes; compress/flate's best %d", len(balanced), len(smallest), other.Len())
	}
	check(t, program, balanced)
	check(t, program, smallest)
}

// TestNoiseStaysAsItIs: what does not deflate costs five bytes in 64 KiB.
func TestNoiseStaysAsItIs(t *testing.T) {
	noise := inputs()["noise"]
	for effort, level := range efforts {
		if out := encode(NewEncoder(level), noise, Most-window); len(out) > len(noise)+100 {
			t.Errorf("%s: %d bytes of %d", effort, len(out), len(noise))
		}
	}
}

func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("abcabcabcabc"), uint16(5), uint8(3))
	f.Add(make([]byte, 600), uint16(258), uint8(1))
	f.Add([]byte("mississippi river mississippi"), uint16(100), uint8(200))
	f.Fuzz(func(t *testing.T, data []byte, piece uint16, times uint8) {
		input := data
		for range times % 8 { // longer than the fuzzer makes them
			input = append(input, input[:min(len(input), 30_000)]...)
		}
		for _, level := range efforts {
			check(t, input, encode(NewEncoder(level), input, max(int(piece), len(input)/20+1)))
		}
	})
}
