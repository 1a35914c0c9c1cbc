package bench

import (
	"testing"
	"time"
)

// BenchmarkLimit runs pakman publish into an index of 190,000 packages, with its own memory limit and with GOMEMLIMIT=off. x-cpu is
// the processor time with the limit in ratio to that without.
func BenchmarkLimit(b *testing.B) {
	const n = 190_000
	pakman, work := program(b), b.TempDir()
	key := newKey(b, work)
	writeIndexes(b, work, newIndex(n), key)
	var cpu [2]time.Duration
	var peak [2]int64
	for round := 0; b.Loop(); round++ {
		for i, limit := range []string{"", "off"} {
			b.Setenv("GOMEMLIMIT", limit)
			file := newPackage(b, work, info(n+2*round+i), key)
			memory, took := publishMeasured(b, pakman, work, file, key)
			cpu[i] += took
			peak[i] = max(peak[i], memory)
		}
	}
	for i, what := range []string{"limit", "off"} {
		b.ReportMetric(cpu[i].Seconds()/float64(b.N), what+"-cpu-s")
		b.ReportMetric(float64(peak[i])/(1<<20), what+"-peak-MiB")
	}
	b.ReportMetric(cpu[0].Seconds()/cpu[1].Seconds(), "x-cpu")
}
