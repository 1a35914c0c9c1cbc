package flate

import (
	"math/bits"
	"slices"
)

// codeLengths gives each symbol the length of its Huffman code, none longer than limit. At
// least two symbols get a code, since not every decoder takes an incomplete one.
func codeLengths(lengths []uint8, frequencies []uint32, limit int) {
	clear(lengths)
	var buffer [litlens]uint32 // frequency and symbol, sorted
	const symbolBits = 9
	leaves := buffer[:0]
	for symbol, n := range frequencies {
		if n > 0 {
			leaves = append(leaves, n<<symbolBits|uint32(symbol))
		}
	}
	for symbol := 0; len(leaves) < 2; symbol++ {
		if frequencies[symbol] == 0 {
			leaves = append(leaves, 1<<symbolBits|uint32(symbol))
		}
	}
	slices.Sort(leaves)
	var symbols [litlens]uint16
	for i, leaf := range leaves {
		symbols[i] = uint16(leaf & (1<<symbolBits - 1))
		leaves[i] = leaf >> symbolBits
	}
	depths(leaves)

	var counts [32]int
	for _, depth := range leaves {
		counts[min(int(depth), limit)]++
	}
	shorten(counts[:limit+1])
	next := 0
	for length := limit; length > 0; length-- { // the rarest have the longest
		for range counts[length] {
			lengths[symbols[next]] = uint8(length)
			next++
		}
	}
}

// depths replaces ascending weights by the depths of their leaves in a Huffman tree, in place
// (Moffat and Katajainen, "In-Place Calculation of Minimum-Redundancy Codes", 1995).
func depths(a []uint32) {
	n := len(a)
	root, leaf := 0, 0
	take := func(next int) uint32 { // the lighter of the next tree and the next leaf
		if leaf >= n || root < next && a[root] < a[leaf] {
			weight := a[root]
			a[root] = uint32(next) // its parent
			root++
			return weight
		}
		leaf++
		return a[leaf-1]
	}
	for next := range n - 1 {
		weight := take(next)
		a[next] = weight + take(next)
	}
	a[n-2] = 0
	for i := n - 3; i >= 0; i-- { // from parents to depths of inner nodes
		a[i] = a[a[i]] + 1
	}
	inner, leaf := n-2, n-1
	for free, depth := 1, uint32(0); free > 0; depth++ {
		used := 0
		for ; inner >= 0 && a[inner] == depth; inner-- {
			used++
		}
		for ; free > used; free-- {
			a[leaf] = depth
			leaf--
		}
		free = 2 * used
	}
}

// shorten makes a code of what is too much for one after its longest lengths were cut: a leaf
// moves down beside one of the longest, as often as needed.
func shorten(counts []int) {
	limit := len(counts) - 1
	total := 0
	for length, n := range counts[1:] {
		total += n << (limit - length - 1)
	}
	for ; total > 1<<limit; total-- {
		length := limit - 1
		for counts[length] == 0 {
			length--
		}
		counts[length]--
		counts[length+1] += 2
		counts[limit]--
	}
}

// canonicalCodes returns the codes of those lengths, the first bit lowest, as deflate packs them.
func canonicalCodes(codes []uint16, lengths []uint8) {
	var counts, next [16]uint16
	for _, length := range lengths {
		counts[length]++
	}
	counts[0] = 0
	for length := 1; length < 16; length++ {
		next[length] = (next[length-1] + counts[length-1]) << 1
	}
	for symbol, length := range lengths {
		if length > 0 {
			codes[symbol] = bits.Reverse16(next[length]) >> (16 - length)
			next[length]++
		}
	}
}
