package flate

// The alphabets of RFC 1951, section 3.2.5.
const (
	endOfBlock = 256
	litlens    = 288 // literals, the end of the block, 29 slots of lengths, and two that only the fixed code has
	distances  = 30

	minMatch = 3
	maxMatch = 258
)

var (
	lengthExtra   = [29]uint8{0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0}
	distanceExtra = [distances]uint8{0, 0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13}

	lengthBase, lengthSlots     = makeLengths()
	distanceBase, distanceSlots = makeDistances()
)

// makeLengths returns the first length of each slot and the slot of each length.
func makeLengths() (base [29]uint16, slots [maxMatch + 1]uint8) {
	next := minMatch
	for slot, extra := range lengthExtra {
		base[slot] = uint16(next)
		for range 1 << extra {
			if next <= maxMatch {
				slots[next] = uint8(slot)
			}
			next++
		}
	}
	// The longest match has a slot of its own, whose base the one before it reaches too.
	base[28], slots[maxMatch] = maxMatch, 28
	return base, slots
}

// makeDistances returns the first distance of each slot, and the slots: of distances up to 256 at
// distance-1, of longer ones, whose slots are multiples of 128 wide, at 256 + (distance-1)/128.
func makeDistances() (base [distances]uint16, slots [512]uint8) {
	next := 0
	for slot, extra := range distanceExtra {
		base[slot] = uint16(next + 1)
		for range 1 << extra {
			if next < 256 {
				slots[next] = uint8(slot)
			} else {
				slots[256+next>>7] = uint8(slot)
			}
			next++
		}
	}
	return base, slots
}

// distanceSlot returns the slot of a distance.
func distanceSlot(distance int) int {
	d := uint(distance - 1)
	if d < 256 {
		return int(distanceSlots[d])
	}
	return int(distanceSlots[(256+d>>7)&511])
}
