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

// Slack is how many bytes the encoder may read after the end of its input.
const Slack = 8

func load32(b []byte, i int) uint32 { return binary.LittleEndian.Uint32(b[i:]) }
func load64(b []byte, i int) uint64 { return binary.LittleEndian.Uint64(b[i:]) }

// extend gives how many bytes from i on are those from candidate on, of which length are known to
// be, up to most. It reads up to Slack bytes more.
func extend(in []byte, candidate, i, length, most int) int {
	for length < most {
		if differ := load64(in, candidate+length) ^ load64(in, i+length); differ != 0 {
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

// insert enters the place i.
func (c *chains) insert(in []byte, i int) {
	v := load32(in, i)
	c.short[v<<8*factor>>(32-shortBits)] = int32(i)
	head := &c.head[v*factor>>(32-chainBits)]
	c.back[i&windowMask] = uint16(min(i-int(*head), 1<<16-1))
	*head = int32(i)
}

// find enters the place i and looks for a match longer than length, of at most most bytes, at so
// many places; it stops at one that is nice. It gives the match, or length and 0.
func (c *chains) find(in []byte, i, length, most, depth, nice int) (int, int) {
	v := load32(in, i)
	short := &c.short[v<<8*factor>>(32-shortBits)]
	near := int(*short)
	*short = int32(i)
	head := &c.head[v*factor>>(32-chainBits)]
	candidate := int(*head)
	*head = int32(i)
	c.back[i&windowMask] = uint16(min(i-candidate, 1<<16-1))

	distance := 0
	oldest := max(i-window, 0)
	if length < minMatch && near >= max(i-shortDistance, 0) && (load32(in, near)^v)<<8 == 0 {
		length, distance = minMatch, i-near
	}
	if length >= most {
		return length, distance
	}
	length = max(length, minMatch)
	end := load32(in, i+length-3) // a longer match has it
	for ; candidate >= oldest && depth > 0; depth-- {
		if load32(in, candidate+length-3) == end && load32(in, candidate) == v {
			if n := extend(in, candidate, i, 4, most); n > length {
				length, distance = n, i-candidate
				if n >= nice {
					break
				}
				end = load32(in, i+length-3)
			}
		}
		candidate -= int(c.back[candidate&windowMask])
	}
	return length, distance
}

// shortDistance is how far back a match of three bytes is shorter than its literals.
const shortDistance = 4096
