package flate

import (
	"encoding/binary"
	"math/bits"
)

const (
	window     = 32 << 10
	windowMask = window - 1
	nowhere    = -1 << 20 // a place that is too far from any

)

const (
	// Most is how many bytes an encoder takes at once, the dictionary included.
	Most = 1 << 19
	// Slack is how many bytes it may read after the end of its input.
	Slack = 8
)

// text is the input. Its size is fixed, and a power of two but for the slack, so that the compiler
// sees that a masked place is within it.
type text [Most + Slack]byte

// newText makes one whose slack is empty.
func newText(in []byte) *text {
	if cap(in) < Most+Slack {
		in = append(make([]byte, 0, Most+Slack), in...)
	}
	clear(in[len(in) : len(in)+Slack])
	return (*text)(in[:Most+Slack])
}

func (t *text) load32(i int) uint32 {
	i &= Most - 1
	return binary.LittleEndian.Uint32(t[i : i+4])
}

func (t *text) load64(i int) uint64 {
	i &= Most - 1
	return binary.LittleEndian.Uint64(t[i : i+8])
}

// extend returns how many bytes from i on are those from candidate on, of which length are known to
// be, up to most. It reads up to Slack bytes more.
func extend(in *text, candidate, i, length, most int) int {
	for length < most {
		if differ := in.load64(candidate+length) ^ in.load64(i+length); differ != 0 {
			return min(length+bits.TrailingZeros64(differ)/8, most)
		}
		length += 8
	}
	return most
}

const (
	chainBits = 16
	shortBits = 13
	factor    = 0x9E3779B1 // Knuth's multiplicative hashing
)

// chains finds earlier places with the same four bytes, by a hash and from the nearest to the
// farthest, and the nearest with the same three.
type chains struct {
	short [1 << shortBits]int32 // last place of three bytes, by hash
	head  [1 << chainBits]int32 // last place of four bytes, by hash
	back  [window]uint16        // how far the one before it in the chain is
}

func (c *chains) reset() {
	for i := range c.short {
		c.short[i] = nowhere
	}
	for i := range c.head {
		c.head[i] = nowhere
	}
}

// insert enters the places from i on.
func (c *chains) insert(in *text, i, end int) {
	for ; i < end-shortEntered; i++ {
		c.insertLong(in, i)
	}
	for ; i < end; i++ {
		c.short[in.load32(i)<<8*factor>>(32-shortBits)] = int32(i)
		c.insertLong(in, i)
	}
}

func (c *chains) insertLong(in *text, i int) {
	v := in.load32(i)
	head := &c.head[v*factor>>(32-chainBits)]
	c.back[i&windowMask] = uint16(min(i-int(*head), 1<<16-1))
	*head = int32(i)
}

// find enters the place i and looks for a match longer than length, of at most most bytes, at so
// many places; it stops at one that is nice. It gives the match, or length and 0.
func (c *chains) find(in *text, i, length, most, depth, nice int) (int, int) {
	v := in.load32(i)
	short := &c.short[v<<8*factor>>(32-shortBits)]
	near := int(*short)
	*short = int32(i)
	head := &c.head[v*factor>>(32-chainBits)]
	candidate := int(*head)
	*head = int32(i)
	c.back[i&windowMask] = uint16(min(i-candidate, 1<<16-1))

	distance := 0
	oldest := max(i-window+1, 0) // the way on from the one before it is lost: this place has taken it
	if length < minMatch && near >= max(i-shortDistance, 0) && (in.load32(near)^v)<<8 == 0 {
		length, distance = minMatch, i-near
	}
	if length >= most {
		return length, distance
	}
	length = max(length, minMatch)
	end := in.load32(i + length - 3) // a longer match has it
	for ; candidate >= oldest && depth > 0; depth-- {
		if in.load32(candidate+length-3) == end && in.load32(candidate) == v {
			if n := extend(in, candidate, i, 4, most); n > length {
				length, distance = n, i-candidate
				if n >= nice {
					break
				}
				end = in.load32(i + length - 3)
			}
		}
		candidate -= int(c.back[candidate&windowMask])
	}
	return length, distance
}

// shortEntered is how many places of those in a match are entered for matches of three bytes, which must be near.
const shortEntered = 16

// shortDistance is how far back a match of three bytes is shorter than its literals.
const shortDistance = 4096
