// Package flate encodes DEFLATE data (RFC 1951) smaller than the usual encoders do, at about their
// speed. It looks at a whole piece of data at once, so it needs no window that slides, can
// choose where blocks end with the whole before its eyes, and finds the cheapest way through the
// matches rather than the next good one.
package flate

// An Effort is how hard an encoder works.
type Effort struct {
	depth   int // earlier places to look at
	nice    int // a match of that length is taken without looking for a better one
	chunk   int // symbols that are taken as one when blocks are made
	optimal bool
}

// The efforts that pay: bench/README.md has the measurements.
var (
	Balanced = Effort{depth: 29, nice: 80, chunk: 1024}
	Smallest = Effort{depth: 24, nice: 80, chunk: 256, optimal: true}
)

// An Encoder encodes one piece of data at a time.
type Encoder struct {
	effort  Effort
	chains  *chains // of a lazy parser
	optimal *optimal
	parsed  parsed
	parts   []part
	block   block
}

// NewEncoder makes an encoder.
func NewEncoder(effort Effort) *Encoder {
	if effort.optimal {
		return &Encoder{effort: effort, optimal: &optimal{effort: effort}}
	}
	return &Encoder{effort: effort, chains: &chains{}}
}

// Encode appends in[dictionary:] to out, as blocks that may refer to what stands before. It ends
// with the end of the stream or, when more is to come, with a sync flush. The input has Most bytes at
// most; it is not copied where its capacity is Most+Slack.
func (e *Encoder) Encode(out, in []byte, dictionary int, final bool) []byte {
	w := &bitWriter{out: out}
	text := newText(in)
	e.parse(text, dictionary, len(in))
	for i, p := range e.parts {
		e.block.histogram = p.histogram
		e.block.write(w, text[:], p.at, e.parsed[p.from:p.to], final && i == len(e.parts)-1)
	}
	if !final || len(e.parts) == 0 {
		writeStored(w, nil, final)
	}
	w.align()
	return w.out
}

// parse finds the sequences of in[from:end] and cuts them into parts.
func (e *Encoder) parse(in *text, from, end int) {
	e.parsed = e.parsed[:0]
	if e.optimal == nil {
		e.parsed = e.chains.parse(e.parsed, e.effort, in, from, end)
		e.parts = split(e.parts, uint32(e.effort.chunk), in[:], from, e.parsed)
		return
	}
	o := e.optimal
	o.search(in, from, end)
	o.costs.guess(in[from:end])
	e.parsed = o.parse(e.parsed, in, from, end)
	e.parts = split(e.parts, uint32(e.effort.chunk), in[:], from, e.parsed)
	e.parsed = e.parsed[:0]
	for i := range e.parts { // again, knowing what each block has of each symbol
		p := &e.parts[i]
		o.costs.learn(&p.histogram)
		p.from = len(e.parsed)
		e.parsed = o.parse(e.parsed, in, p.at, p.end)
		p.to = len(e.parsed)
		p.histogram = histogram{}
		p.count(in[:], p.at, e.parsed[p.from:])
	}
}
