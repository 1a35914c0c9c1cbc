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
	joined   uint64 // cost together with the next part
}

// split cuts the sequences, which begin at in[at], into blocks: it begins with small parts and
// joins neighbours as long as that makes the whole smaller.
func split(parts []part, chunk uint32, in []byte, at int, sequences parsed) []part {
	parts = chunks(parts[:0], chunk, in, at, sequences)
	for i := range parts {
		parts[i].cost = parts[i].estimate()
	}
	for i := 1; i < len(parts); i++ {
		parts[i-1].joined = joined(&parts[i-1], &parts[i])
	}
	for {
		best := bestJoin(parts)
		if best < 0 {
			return parts
		}
		p := &parts[best]
		p.join(&parts[best+1])
		p.cost = p.joined
		parts = append(parts[:best+1], parts[best+2:]...)
		if best+1 < len(parts) {
			p.joined = joined(p, &parts[best+1])
		}
		if best > 0 {
			parts[best-1].joined = joined(&parts[best-1], p)
		}
	}
}

// bestJoin gives the part that gains most by the next one, -1 when none gains.
func bestJoin(parts []part) int {
	best, gain := -1, int64(0)
	for i := 1; i < len(parts); i++ {
		if g := int64(parts[i-1].cost+parts[i].cost) - int64(parts[i-1].joined); g > gain {
			best, gain = i-1, g
		}
	}
	return best
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

// joined is the cost of two neighbours as one block.
func joined(a, b *part) uint64 {
	both := *a
	both.join(b)
	return both.estimate()
}
