package flate

import "encoding/binary"

// bitWriter appends bits, the lowest first, to bytes.
type bitWriter struct {
	out  []byte
	held uint64 // bits that are not in out yet
	n    uint   // how many; fewer than 8 after flush
}

// add takes bits without writing them: at most 56 between two flushes.
func (w *bitWriter) add(value uint64, n uint) {
	w.held |= value << (w.n & 63)
	w.n += n
}

// flush writes the whole bytes.
func (w *bitWriter) flush() {
	w.out = binary.LittleEndian.AppendUint64(w.out, w.held)
	whole := w.n / 8
	w.out = w.out[:len(w.out)-8+int(whole)]
	w.held >>= (8 * whole) & 63
	w.n &= 7
}

// align fills the last byte with zeros.
func (w *bitWriter) align() {
	w.n = (w.n + 7) &^ 7
	w.flush()
}
