package flate

// The header of a dynamic block (RFC 1951, section 3.2.7) holds the code lengths of both alphabets,
// packed with an alphabet of their own.

const (
	lengthSymbols = 19
	repeat        = 16 // the length before, 3 to 6 times
	zeros         = 17 // 3 to 10 times
	manyZeros     = 18 // 11 to 138 times
)

// lengthOrder is the order in which the header has the lengths of that alphabet's codes.
var lengthOrder = [lengthSymbols]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// runExtra is the number of extra bits of each symbol of that alphabet.
var runExtra = [lengthSymbols]uint8{repeat: 2, zeros: 3, manyZeros: 7}

// run is one of its symbols and the value of its extra bits.
type run struct{ symbol, extra uint8 }

// header is what a dynamic block begins with.
type header struct {
	litlens   int // of those alphabets that the block has
	distances int
	runs      []run
	lengths   [lengthSymbols]uint8 // of the codes of runs
	symbols   int                  // of lengthOrder that the block has
	bits      int                  // its size
}

// newHeader packs the lengths of a block's codes.
func (h *header) pack(litlen *[litlens]uint8, distance *[distances]uint8) {
	h.litlens = max(257, used(litlen[:]))
	h.distances = max(1, used(distance[:]))
	var all [litlens + distances]uint8
	copy(all[:], litlen[:h.litlens])
	copy(all[h.litlens:], distance[:h.distances])
	h.runs = appendRuns(h.runs[:0], all[:h.litlens+h.distances])

	var frequencies [lengthSymbols]uint32
	for _, r := range h.runs {
		frequencies[r.symbol]++
	}
	codeLengths(h.lengths[:], frequencies[:], 7)
	h.symbols = lengthSymbols
	for h.symbols > 4 && h.lengths[lengthOrder[h.symbols-1]] == 0 {
		h.symbols--
	}
	h.bits = 5 + 5 + 4 + 3*h.symbols
	for symbol, n := range frequencies {
		h.bits += int(n) * int(h.lengths[symbol]+runExtra[symbol])
	}
}

// write writes the header.
func (h *header) write(w *bitWriter) {
	w.add(uint64(h.litlens-257), 5)
	w.add(uint64(h.distances-1), 5)
	w.add(uint64(h.symbols-4), 4)
	w.flush()
	for _, symbol := range lengthOrder[:h.symbols] {
		w.add(uint64(h.lengths[symbol]), 3)
		w.flush()
	}
	var codes [lengthSymbols]uint16
	canonicalCodes(codes[:], h.lengths[:])
	for _, r := range h.runs {
		w.add(uint64(codes[r.symbol]), uint(h.lengths[r.symbol]))
		w.add(uint64(r.extra), uint(runExtra[r.symbol]))
		w.flush()
	}
}

// used returns the number of lengths without the zeros at the end.
func used(lengths []uint8) int {
	n := len(lengths)
	for n > 0 && lengths[n-1] == 0 {
		n--
	}
	return n
}

// appendRuns packs lengths into runs.
func appendRuns(runs []run, lengths []uint8) []run {
	for len(lengths) > 0 {
		length, n := lengths[0], 1
		for n < len(lengths) && lengths[n] == length {
			n++
		}
		lengths = lengths[n:]
		if length == 0 {
			for ; n >= 11; n -= min(n, 138) {
				runs = append(runs, run{manyZeros, uint8(min(n, 138) - 11)})
			}
			if n >= 3 {
				runs = append(runs, run{zeros, uint8(n - 3)})
				n = 0
			}
		} else {
			runs = append(runs, run{symbol: length})
			for n--; n >= 3; n -= min(n, 6) {
				runs = append(runs, run{repeat, uint8(min(n, 6) - 3)})
			}
		}
		for range n {
			runs = append(runs, run{symbol: length})
		}
	}
	return runs
}
