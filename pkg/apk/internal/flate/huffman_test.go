package flate

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestCodesAreComplete: lengths within the limit, short for the frequent, that fill the code exactly.
func TestCodesAreComplete(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 3000 {
		frequencies := make([]uint32, 2+r.IntN(litlens-1))
		limit := []int{15, 9}[r.IntN(2)]
		if len(frequencies) <= lengthSymbols {
			limit = 7
		}
		for i := range frequencies {
			frequencies[i] = uint32(math.Exp2(r.Float64() * float64(r.IntN(22))))
			if r.IntN(3) == 0 {
				frequencies[i] = 0
			}
		}
		lengths := make([]uint8, len(frequencies))
		codeLengths(lengths, frequencies, limit)
		sum := 0
		for i, n := range lengths {
			if int(n) > limit || n == 0 && frequencies[i] > 0 {
				t.Fatalf("a code of %d bits for a frequency of %d, limit %d", n, frequencies[i], limit)
			}
			if n > 0 {
				sum += 1 << (limit - int(n))
			}
			for j := range lengths[:i] {
				if frequencies[i] > frequencies[j] && frequencies[j] > 0 && n > lengths[j] {
					t.Fatalf("%d bits for %d, but %d for %d", n, frequencies[i], lengths[j], frequencies[j])
				}
			}
		}
		if sum != 1<<limit {
			t.Fatalf("the code takes %d of %d: %v", sum, 1<<limit, lengths)
		}
	}
}

// TestCodesAreShortest compares with the weight of a Huffman tree made the slow way.
func TestCodesAreShortest(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 500 {
		frequencies := make([]uint32, 2+r.IntN(40))
		var trees []uint64
		for i := range frequencies {
			frequencies[i] = 1 + uint32(r.IntN(100))
			trees = append(trees, uint64(frequencies[i]))
		}
		lengths := make([]uint8, len(frequencies))
		codeLengths(lengths, frequencies, 15)
		var got, want uint64
		for i, n := range lengths {
			got += uint64(n) * uint64(frequencies[i])
		}
		for len(trees) > 1 {
			a, rest := takeSmallest(trees)
			b, rest := takeSmallest(rest)
			want += a + b
			trees = append(slices.Clip(rest), a+b)
		}
		if got != want {
			t.Fatalf("%d bits, but %d do", got, want)
		}
	}
}

func takeSmallest(list []uint64) (uint64, []uint64) {
	at := 0
	for i, n := range list {
		if n < list[at] {
			at = i
		}
	}
	n := list[at]
	list[at] = list[len(list)-1]
	return n, list[:len(list)-1]
}

func TestLogarithm(t *testing.T) {
	for n := uint32(1); n < 1<<24; n += 1 + n/300 {
		if got, want := float64(log2(n))/oneBit, math.Log2(float64(n)); math.Abs(got-want) > 0.006 {
			t.Errorf("log2(%d) = %f, want %f", n, got, want)
		}
	}
}
