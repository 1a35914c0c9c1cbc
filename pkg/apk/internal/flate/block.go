package flate

import "encoding/binary"

// block writes one block (RFC 1951, section 3.2.3) in the smallest of the three forms.
type block struct {
	histogram
	litlenLengths   [litlens]uint8
	litlenCodes     [litlens]uint16
	distanceLengths [distances]uint8
	distanceCodes   [distances]uint16
	header          header
	literals        [256]symbol
	matches         [maxMatch + 1]symbol // codes of lengths with their extra bits
}

// symbol is a code, and what follows it.
type symbol struct {
	bits uint32
	n    uint8
}

const (
	fixedForm   = 1
	dynamicForm = 2
	storedMost  = 65535 // bytes in a stored block
)

// write writes the block whose sequences begin at in[at], and returns where they end. The histogram
// is of the sequences, without the end of the block.
func (b *block) write(w *bitWriter, in []byte, at int, sequences parsed, final bool) {
	b.litlen[endOfBlock] = 1
	codeLengths(b.litlenLengths[:], b.litlen[:], 15)
	codeLengths(b.distanceLengths[:], b.distance[:], 15)
	b.header.pack(&b.litlenLengths, &b.distanceLengths)
	form, size := uint64(dynamicForm), b.header.bits+b.size()
	if fixed := b.fixedSize(); fixed <= size {
		form, size = fixedForm, fixed
	}
	length := 0
	for _, s := range sequences {
		length += int(s.literals) + int(s.length)
	}
	if stored := (length + 5*(length/storedMost+1)) * 8; stored < size {
		writeStored(w, in[at:at+length], final)
		return
	}
	w.add(bit(final)|form<<1, 3)
	w.flush()
	if form == dynamicForm {
		b.header.write(w)
	} else {
		b.fix()
	}
	b.makeCodes()
	b.writeSequences(w, in, at, sequences)
	w.add(uint64(b.litlenCodes[endOfBlock]), uint(b.litlenLengths[endOfBlock]))
	w.flush()
}

// size returns the size of the symbols, in bits.
func (b *block) size() int {
	size := 0
	for symbol, n := range b.litlen {
		size += int(n) * int(b.litlenLengths[symbol])
	}
	for symbol, n := range b.distance {
		size += int(n) * int(b.distanceLengths[symbol])
	}
	return size + b.extraSize()
}

// extraSize returns the size of the extra bits, which are the same in any code.
func (b *block) extraSize() int {
	size := 0
	for slot, extra := range lengthExtra {
		size += int(b.litlen[257+slot]) * int(extra)
	}
	for slot, extra := range distanceExtra {
		size += int(b.distance[slot]) * int(extra)
	}
	return size
}

// fixedLength returns the length of a symbol's code where the block does not say it.
func fixedLength(symbol int) uint8 {
	switch {
	case symbol < 144:
		return 8
	case symbol < 256:
		return 9
	case symbol < 280:
		return 7
	}
	return 8
}

func (b *block) fixedSize() int {
	size := b.extraSize()
	for symbol, n := range b.litlen {
		size += int(n) * int(fixedLength(symbol))
	}
	for _, n := range b.distance {
		size += int(n) * 5
	}
	return size
}

func (b *block) fix() {
	for symbol := range b.litlenLengths {
		b.litlenLengths[symbol] = fixedLength(symbol)
	}
	for symbol := range b.distanceLengths {
		b.distanceLengths[symbol] = 5
	}
}

// makeCodes makes the codes of those lengths.
func (b *block) makeCodes() {
	canonicalCodes(b.litlenCodes[:], b.litlenLengths[:])
	canonicalCodes(b.distanceCodes[:], b.distanceLengths[:])
	for c := range b.literals {
		b.literals[c] = symbol{uint32(b.litlenCodes[c]), b.litlenLengths[c]}
	}
	for length := minMatch; length <= maxMatch; length++ {
		slot := int(lengthSlots[length])
		n := b.litlenLengths[257+slot]
		extra := uint32(length) - uint32(lengthBase[slot])
		b.matches[length] = symbol{uint32(b.litlenCodes[257+slot]) | extra<<n, n + lengthExtra[slot]}
	}
}

func (b *block) writeSequences(w *bitWriter, in []byte, at int, sequences parsed) {
	for _, s := range sequences {
		for _, c := range in[at : at+int(s.literals)] {
			w.add(uint64(b.literals[c].bits), uint(b.literals[c].n))
			if w.n >= 40 { // another has room
				w.flush()
			}
		}
		at += int(s.literals) + int(s.length)
		if s.length == 0 {
			continue
		}
		w.flush()
		m := b.matches[s.length]
		w.add(uint64(m.bits), uint(m.n))
		slot := distanceSlot(int(s.distance))
		n := b.distanceLengths[slot]
		extra := uint64(s.distance - distanceBase[slot])
		w.add(uint64(b.distanceCodes[slot])|extra<<n, uint(n+distanceExtra[slot]))
		w.flush()
	}
	w.flush()
}

// writeStored writes blocks without compression.
func writeStored(w *bitWriter, data []byte, final bool) {
	for first := true; first || len(data) > 0; first = false {
		part := data[:min(len(data), storedMost)]
		data = data[len(part):]
		w.add(bit(final && len(data) == 0), 3)
		w.align()
		w.out = binary.LittleEndian.AppendUint16(w.out, uint16(len(part)))
		w.out = binary.LittleEndian.AppendUint16(w.out, ^uint16(len(part)))
		w.out = append(w.out, part...)
	}
}

func bit(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}
