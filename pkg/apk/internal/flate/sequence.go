package flate

// A sequence is a run of literals and the match after it; the match may be missing (length 0).
type sequence struct {
	literals uint32
	length   uint16
	distance uint16
}

// parsed is how a stretch of data is put together.
type parsed []sequence

// mostLiterals bounds a run, so that a block can end in the midst of what has no matches.
const mostLiterals = 256

// add adds a sequence.
func (p parsed) add(literals, length, distance int) parsed {
	for ; literals > mostLiterals; literals -= mostLiterals {
		p = append(p, sequence{literals: mostLiterals})
	}
	if literals+length > 0 {
		p = append(p, sequence{uint32(literals), uint16(length), uint16(distance)})
	}
	return p
}

// histogram counts the symbols of a block.
type histogram struct {
	litlen   [litlens]uint32
	distance [distances]uint32
}

// count adds the sequences, which begin at in[at], and returns where they end.
func (h *histogram) count(in []byte, at int, sequences parsed) int {
	for _, s := range sequences {
		for _, c := range in[at : at+int(s.literals)] {
			h.litlen[c]++
		}
		at += int(s.literals) + int(s.length)
		if s.length > 0 {
			h.litlen[257+int(lengthSlots[s.length])]++
			h.distance[distanceSlot(int(s.distance))]++
		}
	}
	return at
}

// add adds what another has counted.
func (h *histogram) add(other *histogram) {
	for i, n := range other.litlen {
		h.litlen[i] += n
	}
	for i, n := range other.distance {
		h.distance[i] += n
	}
}
