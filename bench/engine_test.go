package bench

import (
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
)

// BenchmarkEngine compares the packing of a tree at fast with its engine alone, which has the bytes
// in memory and writes them nowhere. Both take turns, so that a busy machine slows them alike.
func BenchmarkEngine(b *testing.B) {
	for _, tree := range trees() {
		b.Run(tree.name, func(b *testing.B) {
			root := tree.generate(b)
			out := filepath.Join(b.TempDir(), "out.apk")
			must(b, pack(root, out, []string{"pakman", "fast"}))
			text := archive(b, out)
			var raw, fast timer
			for b.Loop() {
				raw.add(b, func() error { return deflateAll(text) })
				fast.add(b, func() error { return pack(root, out, []string{"pakman", "fast"}) })
			}
			b.ReportMetric(float64(raw.time)/float64(fast.time), "x-engine")
			b.ReportMetric(float64(raw.cpu)/float64(fast.cpu), "x-engine-cpu")
		})
	}
}

// deflateAll runs the engine of fast on every processor, on pieces that know nothing of each other.
func deflateAll(text []byte) error {
	const piece, level = 1 << 20, 5
	pieces := make(chan []byte, len(text)/piece+1)
	for ; len(text) > 0; text = text[min(len(text), piece):] {
		pieces <- text[:min(len(text), piece)]
	}
	close(pieces)
	var workers errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error {
			z, err := flate.NewWriter(nil, level)
			for p := range pieces {
				if err != nil {
					return err
				}
				z.Reset(io.Discard)
				if _, err = z.Write(p); err == nil {
					err = z.Close()
				}
			}
			return err
		})
	}
	return workers.Wait()
}

// archive gives the tar of a package, with its checksums.
func archive(b *testing.B, path string) []byte {
	b.Helper()
	file, err := os.Open(path)
	must(b, err)
	defer func() { must(b, file.Close()) }()
	r, err := gzip.NewReader(file)
	must(b, err)
	text, err := io.ReadAll(r)
	must(b, err)
	return text
}

// timer adds up what runs of this process take.
type timer struct{ time, cpu time.Duration }

func (t *timer) add(b *testing.B, run func() error) {
	b.Helper()
	start, cpu := time.Now(), processorTime(b)
	must(b, run())
	t.time += time.Since(start)
	t.cpu += processorTime(b) - cpu
}

func processorTime(b *testing.B) time.Duration {
	b.Helper()
	var r syscall.Rusage
	must(b, syscall.Getrusage(syscall.RUSAGE_SELF, &r))
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}
