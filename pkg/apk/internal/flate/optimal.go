package flate

import "slices"

// optimal is a parser that knows all matches of a piece of data before it chooses.
type optimal struct {
	effort  Effort
	tree    tree
	costs   costs
	from    int      // where the data begin
	matches []match  // of all places
	first   []uint32 // where in matches those of each place begin
	cost    []uint32 // from each place to the end of the block
	choice  []match  // what is best at each place; 0: a literal
}

// search collects the matches at each place of in[from:end].
func (o *optimal) search(in *text, from, end int) {
	o.tree.reset()
	o.from = from
	if n := end - from + 1; n > len(o.cost) {
		o.cost, o.choice, o.first = make([]uint32, n), make([]match, n), make([]uint32, n)
	}
	for i := range from {
		o.find(0, in, i, end)
	}
	o.matches = o.matches[:0]
	covered := from // up to there a nice match is taken anyway
	for i := from; i < end; i++ {
		n := len(o.matches)
		o.first[i-from] = uint32(n)
		longest := o.find(n, in, i, end)
		if i < covered {
			o.matches = o.matches[:n]
		} else if longest >= o.effort.nice {
			covered = i + longest
		}
	}
	o.first[end-from] = uint32(len(o.matches))
}

// find enters the place i, puts its matches behind the first n and returns the length of the longest.
func (o *optimal) find(n int, in *text, i, end int) int {
	o.matches = o.matches[:n]
	most := min(maxMatch, end-i)
	if most <= minMatch {
		return 0
	}
	o.matches = o.tree.find(o.matches, in, i, most, o.effort.depth, o.effort.nice)
	if len(o.matches) == n {
		return 0
	}
	return o.matches[len(o.matches)-1].length()
}

// parse finds the cheapest sequences for in[at:end]. It goes from the end to the beginning, so that
// the cost of what follows is always known.
func (o *optimal) parse(sequences parsed, in *text, at, end int) parsed {
	o.cost[end-o.from] = 0
	for i := end - 1; i >= at; i-- {
		place := i - o.from
		cost := o.cost[place : end-o.from+1]
		best, choice := o.costs.literal[in[i]]+cost[1], match(0)
		found := o.matches[o.first[place]:o.first[place+1]]
		for j, f := range slices.Backward(found) {
			distance := f.distance()
			base := o.costs.distance[distanceSlot(distance)]
			shorter := minMatch - 1
			if j > 0 {
				shorter = found[j-1].length()
			}
			length := min(f.length(), end-i)
			if length >= o.effort.nice {
				shorter = max(shorter, length-1)
			}
			for ; length > shorter; length-- {
				if total := base + o.costs.length[length] + cost[length]; total < best {
					best, choice = total, newMatch(length, distance)
				}
			}
		}
		cost[0], o.choice[place] = best, choice
	}
	return o.follow(sequences, at, end)
}

// follow turns the choices into sequences.
func (o *optimal) follow(sequences parsed, at, end int) parsed {
	done := at
	for i := at; i < end; {
		m := o.choice[i-o.from]
		if m == 0 {
			i++
			continue
		}
		sequences = sequences.add(i-done, m.length(), m.distance())
		i += m.length()
		done = i
	}
	return sequences.add(end-done, 0, 0)
}
