package flate

// costs are what symbols cost, in fractions of a bit, extra bits included.
type costs struct {
	literal  [256]uint32
	length   [maxMatch + 1]uint32
	distance [distances]uint32
}

// learn takes the costs from a histogram: what an ideal code for it would spend.
func (c *costs) learn(h *histogram) {
	var litlen [litlens]uint32
	ideal(litlen[:], h.litlen[:])
	copy(c.literal[:], litlen[:])
	c.setLengths(func(slot int) uint32 { return litlen[257+slot] })
	ideal(c.distance[:], h.distance[:])
	for slot, extra := range distanceExtra {
		c.distance[slot] += uint32(extra) * oneBit
	}
}

// guess gives costs to begin with: literals by how often their bytes occur, matches as they are in
// common data, where long ones are rarer and far ones more frequent.
func (c *costs) guess(in []byte) {
	var bytes [256]uint32
	for _, b := range in {
		bytes[b]++
	}
	ideal(c.literal[:], bytes[:])
	for i := range c.literal {
		c.literal[i] += oneBit / 2
	}
	c.setLengths(func(slot int) uint32 { return 4*oneBit + uint32(slot)*oneBit/8 })
	for slot, extra := range distanceExtra {
		c.distance[slot] = 5*oneBit - uint32(slot)*oneBit/20 + uint32(extra)*oneBit
	}
}

func (c *costs) setLengths(cost func(slot int) uint32) {
	for length := minMatch; length <= maxMatch; length++ {
		slot := lengthSlots[length]
		c.length[length] = cost(int(slot)) + uint32(lengthExtra[slot])*oneBit
	}
}

// ideal returns what symbols of those frequencies cost. One that does not occur is dear, but not
// forbidden.
func ideal(costs, frequencies []uint32) {
	total := uint32(1)
	for _, n := range frequencies {
		total += n
	}
	all := log2(total)
	for symbol, n := range frequencies {
		costs[symbol] = all + oneBit
		if n > 0 {
			costs[symbol] = max(all-min(log2(n), all), oneBit)
		}
	}
}
