package flate

import "math/bits"

// Sizes that are estimated, not written, are in fractions of a bit. They are whole numbers: floating point may
// differ between processors, and the output must not.
const (
	bitShift = 8
	oneBit   = 1 << bitShift
)

const logTable = 10 // bits of a number that count for its logarithm

var logs = makeLogs()

// makeLogs returns the logarithms of 1 to 2 in steps of 1/1024, by squaring.
func makeLogs() (table [1 << logTable]uint16) {
	for i := range table {
		x := uint64(1<<logTable+i) << (31 - logTable) // 1 is 1<<31
		for range bitShift {
			x = x * x >> 31
			table[i] <<= 1
			if x >= 1<<32 {
				x >>= 1
				table[i]++
			}
		}
	}
	return table
}

// log2 returns the logarithm of n, which is not 0.
func log2(n uint32) uint32 {
	whole := uint(bits.Len32(n)) - 1
	fraction := uint64(n) << logTable >> whole & (1<<logTable - 1)
	return uint32(whole)<<bitShift + uint32(logs[fraction])
}

// entropy returns what an ideal code needs for the symbols, with a guess of what the header says about them.
func entropy(frequencies []uint32, total uint32) uint64 {
	if total == 0 {
		return 0
	}
	var sum, kinds uint64
	for _, n := range frequencies {
		if n > 0 {
			sum += uint64(n) * uint64(log2(n))
			kinds++
		}
	}
	return uint64(total)*uint64(log2(total)) - sum + kinds*headerBits
}

// headerBits is about what the header of a block spends on a symbol that occurs.
const headerBits = 4 * oneBit
