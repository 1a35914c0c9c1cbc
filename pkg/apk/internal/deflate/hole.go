package deflate

import "errors"

// Ahead is how many bytes of input may follow a hole before it is filled, at most.
const Ahead = 16 << 20

var errHole = errors.New("a hole in the input was not filled in time")

// A hole is a part of the input that is told later, because it depends on what follows. Blocks without it are
// deflated meanwhile, and are kept until those before them are written.
type hole struct {
	pieces   []piece
	waiting  []*block // full, but incomplete
	reserved []*block // empty, since none may come back while there is a hole
}

// A piece of a hole stands in one block; one at a block's end stands also in the dictionary of the next.
type piece struct {
	block    *block
	at, from int // in the block and in the hole
	n        int
}

func (h *hole) open() bool { return len(h.pieces) > 0 }

func (h *hole) add(p piece) {
	h.pieces = append(h.pieces, p)
	p.block.incomplete = true
}

// repeat takes in that full's bytes from tail on are the dictionary of another block.
func (h *hole) repeat(full *block, tail int, fresh *block) {
	for _, p := range h.pieces {
		cut := max(0, tail-p.at)
		if p.block == full && cut < p.n {
			h.add(piece{block: fresh, at: p.at + cut - tail, from: p.from + cut, n: p.n - cut})
		}
	}
}

// Skip leaves a hole of n bytes in the input. Fill must fill it before more than so many bytes follow.
func (z *Writer) Skip(n int, follow int64) error {
	if z.hole.open() || follow > Ahead {
		return errHole
	}
	z.reserve((int(follow)+n)/blockSize + 2)
	z.size += uint32(n)
	for from := 0; from < n; {
		room, err := z.room()
		if err != nil {
			return err
		}
		p := piece{block: z.block, at: len(z.block.in), from: from, n: min(room, n-from)}
		z.block.in = append(z.block.in, make([]byte, p.n)...)
		z.hole.add(p)
		from += p.n
	}
	return nil
}

// Fill fills the hole with so many bytes as were left.
func (z *Writer) Fill(content []byte) {
	for _, p := range z.hole.pieces {
		copy(p.block.in[p.at:], content[p.from:p.from+p.n])
		p.block.incomplete = false
	}
	z.release()
}

// release sends the blocks on their way that waited for the hole.
func (z *Writer) release() {
	for _, b := range z.hole.waiting {
		z.work.put(b)
	}
	for _, b := range z.hole.reserved {
		z.free <- b
	}
	z.hole = hole{}
}

// reserve waits for so many empty blocks.
func (z *Writer) reserve(n int) {
	z.makeBlocks(z.usual + n)
	for range n {
		z.hole.reserved = append(z.hole.reserved, <-z.free)
	}
}

// take returns an empty block.
func (z *Writer) take() (*block, error) {
	if !z.hole.open() {
		return <-z.free, nil
	}
	last := len(z.hole.reserved) - 1
	if last < 0 {
		return nil, errHole
	}
	b := z.hole.reserved[last]
	z.hole.reserved = z.hole.reserved[:last]
	return b, nil
}
