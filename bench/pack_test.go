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
	cpu    time.Duration // of all its processes
	bytes  int64
	memory int64 // most bytes in memory at once; 0: not known
}

// BenchmarkPack packs each tree with each packer. Speed, processor time and size are in ratio to
// tar | gzip -9 of the same run, memory to nfpm.
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
	if _, err := exec.LookPath(p.needs); err != nil {
		b.Skip(p.needs, "is not on PATH")
	}
	for b.Loop() {
		start := time.Now()
		memory, cpu, err := runChild(b.Context(), argv)
		must(b, err)
		c.time += time.Since(start)
		c.cpu += cpu
		c.memory = max(c.memory, memory)
	}
	c.time /= time.Duration(b.N)
	c.cpu /= time.Duration(b.N)
	info, err := os.Stat(out)
	must(b, err)
	c.bytes = info.Size()
	return c
}

// runChild returns the peak memory that the child printed, 0 when it printed none, and its processor time.
func runChild(ctx context.Context, argv []string) (int64, time.Duration, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, 0, err
	}
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	if len(out) == 0 {
		return 0, cpu, nil
	}
	kib, err := strconv.ParseInt(strings.TrimSpace(string(out)), 10, 64)
	return kib << 10, cpu, err
}

func report(b *testing.B, c, gzip, nfpm cost) {
	b.Helper()
	b.ReportMetric(float64(gzip.time)/float64(c.time), "x-speed")
	b.ReportMetric(float64(gzip.cpu)/float64(c.cpu), "x-cpu")
	b.ReportMetric(float64(c.bytes)/float64(gzip.bytes), "x-size")
	b.ReportMetric(float64(c.bytes)/1e6, "MB")
	if c.memory > 0 {
		b.ReportMetric(float64(c.memory)/float64(nfpm.memory), "x-memory")
		b.ReportMetric(float64(c.memory)/(1<<20), "peak-MiB")
	}
}
