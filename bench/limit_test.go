package bench

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
)

// BenchmarkLimit runs pakman publish into an index of 190,000 packages, with its own memory limit and with GOMEMLIMIT=off. x-cpu is
// the processor time with the limit in ratio to that without.
func BenchmarkLimit(b *testing.B) {
	const n = 190_000
	pakman, work := program(b), b.TempDir()
	key, err := apk.GenerateKey("bench.rsa")
	must(b, err)
	must(b, os.WriteFile(filepath.Join(work, key.Name), key.PEM(), 0o600))
	x := &index.Index{Description: "bench"}
	for i := range n {
		x.Entries = append(x.Entries, index.Entry{Info: info(i), Checksum: fmt.Sprintf("Q1%027x=", i*i+1), FileSize: int64(10_000 + i)})
	}
	store := filepath.Join(work, "store", place.Branch, place.Repository, arch)
	must(b, os.MkdirAll(store, 0o755))
	writeIndexes(b, store, x, key)
	var cpu [2]time.Duration
	var peak [2]int64
	for round := 0; b.Loop(); round++ {
		for i, limit := range []string{"", "off"} {
			b.Setenv("GOMEMLIMIT", limit)
			file := newPackage(b, work, info(n+2*round+i), key)
			memory, took := runMeasured(b, pakman, "publish", file, "--bucket", filepath.Join(work, "store"), "--signing-key",
				filepath.Join(work, key.Name), "--alpine", "3.24")
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
