// Package bench compares the packing of packages with other programs, in time, bytes and memory.
package bench

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// cost is what packing took.
type cost struct {
	time   time.Duration
	bytes  int64
	memory int64 // most bytes in memory at once; 0: not known
}

// BenchmarkPack packs each tree with each packer. Speed and size are in ratio to tar | gzip -9 of
// the same run, memory to nfpm.
func BenchmarkPack(b *testing.B) {
	for _, tree := range trees() {
		b.Run(tree.name, func(b *testing.B) {
			root := tree.generate(b)
			costs := map[string]cost{}
			for _, p := range packers() {
				b.Run(p.name, func(b *testing.B) {
					costs[p.name] = measure(b, p, root)
					report(b, costs[p.name], costs["tar-gzip-9"], costs["nfpm"])
				})
			}
		})
	}
}

// BenchmarkMemory shows the memory that a package of 200 MB needs.
func BenchmarkMemory(b *testing.B) {
	root := trees()[2].generate(b)
	c := measure(b, child("pakman", "pakman", "balanced"), root)
	b.ReportMetric(float64(c.memory)/(1<<20), "peak-MiB")
}

// measure packs as often as the benchmark wants; the time is the mean.
func measure(b *testing.B, p packer, root string) cost {
	b.Helper()
	var c cost
	out := filepath.Join(b.TempDir(), "out")
	argv := p.argv(root, out)
	if _, err := exec.LookPath("pigz"); err != nil && strings.Contains(p.name, "pigz") {
		b.Skip("pigz is not on PATH")
	}
	for b.Loop() {
		start := time.Now()
		memory, err := runChild(b.Context(), argv)
		must(b, err)
		c.time += time.Since(start)
		c.memory = max(c.memory, memory)
	}
	c.time /= time.Duration(b.N)
	info, err := os.Stat(out)
	must(b, err)
	c.bytes = info.Size()
	return c
}

// runChild gives the peak memory that the child printed, 0 when it printed none.
func runChild(ctx context.Context, argv []string) (int64, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil || len(out) == 0 {
		return 0, err
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kib << 10, err
}

func report(b *testing.B, c, gzip, nfpm cost) {
	b.Helper()
	b.ReportMetric(float64(gzip.time)/float64(c.time), "x-speed")
	b.ReportMetric(float64(c.bytes)/float64(gzip.bytes), "x-size")
	b.ReportMetric(float64(c.bytes)/1e6, "MB")
	if c.memory > 0 {
		b.ReportMetric(float64(c.memory)/float64(nfpm.memory), "x-memory")
		b.ReportMetric(float64(c.memory)/(1<<20), "peak-MiB")
	}
}
