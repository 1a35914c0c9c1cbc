package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/signing"
)

// BenchmarkCache builds examples natively with an empty cache (cold-s), with the tools' caches of that build
// (warm-s), and once more when nothing changed (unchanged-s). x-warm and x-unchanged are in ratio to the
// first. Each iteration begins with a cache of its own.
func BenchmarkCache(b *testing.B) {
	for example, tool := range map[string]string{"go-service": "go", "astro": "npm"} {
		b.Run(example, func(b *testing.B) {
			if _, err := exec.LookPath(tool); err != nil {
				b.Skipf("%s is not installed", tool)
			}
			var cold, warm, unchanged float64
			for i := 0; b.Loop(); i++ {
				work := publicDir(b, fmt.Sprint(i))
				cold += buildWith(b, example, work, false)
				warm += buildWith(b, example, work, true)
				unchanged += buildWith(b, example, work, false)
			}
			for name, seconds := range map[string]float64{"cold-s": cold, "warm-s": warm, "unchanged-s": unchanged} {
				b.ReportMetric(seconds/float64(b.N), name)
			}
			b.ReportMetric(cold/warm, "x-warm")
			b.ReportMetric(cold/unchanged, "x-unchanged")
		})
	}
}

// publicDir is a directory that the user whom builds run as can reach.
func publicDir(b *testing.B, name string) string {
	b.Helper()
	dir, err := os.MkdirTemp("", "bench-"+name+"-")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	return dir
}

// buildWith builds with the cache in work and returns the seconds that it took.
func buildWith(b *testing.B, example, work string, force bool) float64 {
	b.Helper()
	rep, err := pipeline.Build(context.Background(), pipeline.BuildOptions{
		Input:   pipeline.Input{Dir: filepath.Join("..", "examples", example), Getenv: os.Getenv},
		Builder: "native", Output: filepath.Join(work, "packages"),
		Cache: pipeline.Cache{Dir: filepath.Join(work, "cache"), Force: force},
		Key:   signing.Key{Dir: filepath.Join(work, "key")},
	}, silent{})
	if err != nil {
		b.Fatal(err)
	}
	all, _ := seconds(rep.Stages)
	return all
}
