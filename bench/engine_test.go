package bench

import (
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"
)

// BenchmarkEngine compares the packing of a tree at fast with its engine alone, which has the archive
// in memory and writes the same bytes nowhere; and with the least that a package needs besides: its files read, a SHA-1 of each,
// and a SHA-256 of the result. Both take turns, so that a busy machine slows them alike.
func BenchmarkEngine(b *testing.B) {
	for _, tree := range trees() {
		b.Run(tree.name, func(b *testing.B) {
			root := tree.generate(b)
			out := filepath.Join(b.TempDir(), "out.apk")
			must(b, pack(root, out, []string{"pakman", "fast"}))
			text := archive(b, out)
			files, size := sourceFiles(b, root), fileSize(b, out)
			var raw, least, fast timer
			for b.Loop() {
				raw.add(b, func() error { return deflateAll(text) })
				least.add(b, func() error { return errors.Join(hashAll(files, size), deflateAll(text)) })
				fast.add(b, func() error { return pack(root, out, []string{"pakman", "fast"}) })
			}
			b.ReportMetric(float64(raw.time)/float64(fast.time), "x-engine")
			b.ReportMetric(float64(raw.cpu)/float64(fast.cpu), "x-engine-cpu")
			b.ReportMetric(float64(least.time)/float64(fast.time), "x-least")
		})
	}
}

// deflateAll runs the engine of fast on every processor, on the blocks that a package has, each with what stands before it
// as dictionary.
func deflateAll(text []byte) error {
	const block, window, level = 480 << 10, 32 << 10, 5
	blocks := make(chan int, len(text)/block+1)
	for at := 0; at < len(text); at += block {
		blocks <- at
	}
	close(blocks)
	var workers errgroup.Group
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() error {
			z, err := flate.NewWriter(nil, level)
			for at := range blocks {
				if err != nil {
					return err
				}
				z.ResetDict(io.Discard, text[max(0, at-window):at])
				if _, err = z.Write(text[at:min(at+block, len(text))]); err == nil {
					err = z.Flush()
				}
			}
			return err
		})
	}
	return workers.Wait()
}

// hashAll reads and hashes the files, and hashes so many bytes more, on every processor.
func hashAll(files []string, more int64) error {
	var workers errgroup.Group
	workers.SetLimit(runtime.GOMAXPROCS(0))
	n := (len(files) + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	for part := range slices.Chunk(files, n) {
		workers.Go(func() error { return hashFiles(part) })
	}
	workers.Go(func() error {
		hash, zeros := sha256.New(), make([]byte, 1<<20)
		for ; more > 0; more -= int64(len(zeros)) {
			_, _ = hash.Write(zeros[:min(more, int64(len(zeros)))]) // never fails
		}
		return nil
	})
	return workers.Wait()
}

func hashFiles(files []string) error {
	buffer := make([]byte, 128<<10)
	for _, path := range files {
		file, err := os.Open(path)
		if err != nil {
			return err
		}
		_, err = io.CopyBuffer(struct{ io.Writer }{sha1.New()}, struct{ io.Reader }{file}, buffer)
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
	return nil
}

func fileSize(b *testing.B, path string) int64 {
	b.Helper()
	info, err := os.Stat(path)
	must(b, err)
	return info.Size()
}

// archive returns the tar of a package, with its checksums.
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
