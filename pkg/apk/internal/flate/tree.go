package flate

const treeBits = 16

// tree finds, for each length, the nearest match: the earlier places with the same hash form a
// binary tree, sorted by the text that begins there, its root the latest.
type tree struct {
	short    [1 << shortBits]int32 // last place of three bytes, by hash
	root     [1 << treeBits]int32  // by hash of four bytes
	children [2 * window]int32     // of place i at 2i and 2i+1: what is less and what is more
}

// match is the length of a match, above its distance less one.
type match uint32

const distanceBits = 15

func (m match) length() int   { return int(m >> distanceBits) }
func (m match) distance() int { return int(m&(1<<distanceBits-1)) + 1 }

func newMatch(length, distance int) match { return match(length<<distanceBits | (distance - 1)) }

func (t *tree) reset() {
	for i := range t.short {
		t.short[i] = nowhere
	}
	for i := range t.root {
		t.root[i] = nowhere
	}
}

// find enters the place i and appends the matches there, from short to long, of which the input
// allows most. It looks at depth places, and no farther than a nice match.
func (t *tree) find(matches []match, in *text, i, most, depth, nice int) []match {
	v := in.load32(i)
	short := &t.short[v<<8*factor>>(32-shortBits)]
	near := int(*short)
	*short = int32(i)
	root := &t.root[v*factor>>(32-treeBits)]
	candidate := int(*root)
	*root = int32(i)

	oldest := max(i-window+1, 0) // the one before it hung where this place hangs
	best := minMatch - 1
	if near >= oldest && (in.load32(near)^v)<<8 == 0 {
		best = minMatch
		matches = append(matches, newMatch(best, i-near))
	}
	nice = min(nice, most)
	less, more := 2*(i&windowMask), 2*(i&windowMask)+1 // where what is less or more than this place hangs
	lessLength, moreLength := 0, 0                     // what all that hangs there has in common with it
	for ; candidate >= oldest && candidate < i && depth > 0; depth-- {
		length := min(lessLength, moreLength)
		if in[(candidate+length)&(Most-1)] == in[(i+length)&(Most-1)] {
			length = extend(in, candidate, i, length, most)
		}
		children := 2 * (candidate & windowMask)
		if length > best {
			best = length
			matches = append(matches, newMatch(length, i-candidate))
		}
		if length >= nice { // it takes the place of the candidate
			t.children[less], t.children[more] = t.children[children], t.children[children+1]
			return matches
		}
		if in[(candidate+length)&(Most-1)] < in[(i+length)&(Most-1)] {
			t.children[less] = int32(candidate)
			less, lessLength = children+1, length
			candidate = int(t.children[less])
		} else {
			t.children[more] = int32(candidate)
			more, moreLength = children, length
			candidate = int(t.children[more])
		}
	}
	t.children[less], t.children[more] = nowhere, nowhere
	return matches
}
