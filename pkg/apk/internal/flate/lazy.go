package flate

import "math/bits"

// good is the length of a match than which the next place is hardly better.
const good = 32

// parse finds sequences for in[from:end]: the longest match at each place, unless the next place
// has a better one.
func (c *chains) parse(sequences parsed, effort Effort, in *text, from, end int) parsed {
	c.reset()
	c.insert(in, 0, from)
	last := end - minMatch // a match may begin before it
	done := from           // up to there are sequences
	for i := from; i < last; i++ {
		length, distance := c.find(in, i, minMatch-1, min(maxMatch, end-i), effort.depth, effort.nice)
		if distance == 0 {
			continue
		}
		entered := i + 1
		for length < good && entered < last {
			n, d := c.find(in, entered, length-1, min(maxMatch, end-entered), effort.depth/4, effort.nice)
			entered++
			if d == 0 || !better(n, d, length, distance) {
				break
			}
			i, length, distance = i+1, n, d
		}
		sequences = sequences.add(i-done, length, distance)
		done = i + length
		c.insert(in, entered, done)
		i = done - 1
	}
	return sequences.add(end-done, 0, 0)
}

// better reports whether the match of n bytes, one place later, is worth a literal: a byte more
// saves about as much as a distance that is four bits shorter.
func better(n, distance, length, before int) bool {
	return 4*(n-length)+bits.Len32(uint32(before))-bits.Len32(uint32(distance)) > 1
}
