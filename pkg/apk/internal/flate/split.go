package flate

// blockBits is about what a block costs by itself: the first part of its header, and its end.
const blockBits = 60 * oneBit

// A part is a stretch of sequences that becomes a block.
type part struct {
	histogram
	symbols  uint32 // of literals, and so many of matches
	matches  uint32
	from, to int    // sequences
	at, end  int    // in the input
	cost     uint64 // as a block
	before   int    // neighbours
	next     int
}

// split cuts the sequences, which begin at in[at], into blocks: it begins with small parts and
// joins neighbours as long as that makes the whole smaller.
func split(parts []part, chunk uint32, in []byte, at int, sequences parsed) []part {
	parts = chunks(parts[:0], chunk, in, at, sequences)
	for i := range parts {
		p := &parts[i]
		p.cost, p.before, p.next = p.estimate(), i-1, i+1
	}
	gains := make([]int64, len(parts)) // of each part by the next
	for i := range parts {
		gains[i] = gain(parts, i)
	}
	for best := largest(gains); best >= 0; best = largest(gains) {
		p := &parts[best]
		next := &parts[p.next]
		p.cost = uint64(int64(p.cost+next.cost) - gains[best])
		p.join(next)
		gains[p.next] = 0
		p.next = next.next
		if p.next < len(parts) {
			parts[p.next].before = best
		}
		gains[best] = gain(parts, best)
		if p.before >= 0 {
			gains[p.before] = gain(parts, p.before)
		}
	}
	left := parts[:0]
	for i := 0; i < len(parts); i = parts[i].next {
		left = append(left, parts[i])
	}
	return left
}

// largest returns where the largest gain is, -1 when there is none.
func largest(gains []int64) int {
	at, most := -1, int64(0)
	for i, g := range gains {
		if g > most {
			at, most = i, g
		}
	}
	return at
}

// gain returns what is saved when a part and the next become one block.
func gain(parts []part, i int) int64 {
	a := &parts[i]
	if a.next == len(parts) {
		return 0
	}
	b, both := &parts[a.next], *a
	both.join(b)
	return int64(a.cost+b.cost) - int64(both.estimate())
}

// chunks cuts the sequences into parts of about so many symbols.
func chunks(parts []part, chunk uint32, in []byte, at int, sequences parsed) []part {
	p := part{at: at}
	for i, s := range sequences {
		p.symbols += s.literals + 1
		if s.length > 0 {
			p.matches++
		}
		if p.symbols < chunk && i+1 < len(sequences) {
			continue
		}
		p.to = i + 1
		p.end = p.count(in, p.at, sequences[p.from:p.to])
		parts = append(parts, p)
		p = part{at: p.end, from: p.to}
	}
	return parts
}

func (p *part) estimate() uint64 {
	return blockBits + entropy(p.litlen[:], p.symbols) + entropy(p.distance[:], p.matches)
}

func (p *part) join(next *part) {
	p.add(&next.histogram)
	p.symbols += next.symbols
	p.matches += next.matches
	p.to, p.end = next.to, next.end
}
