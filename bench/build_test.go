package bench

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
	outcome "github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/signing"
)

// users are the stages in which the user's own commands run.
var users = []string{"build (native)", "check (native)"}

// BenchmarkBuild builds examples/go-service, natively, from sources to a signed repository. total-s
// is the whole, own-s what is spent outside the user's own build and check commands.
func BenchmarkBuild(b *testing.B) {
	work, err := os.MkdirTemp("", "bench-") // reachable for the user that builds run as when root starts them
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = os.RemoveAll(work) })
	if err := os.Chmod(work, 0o755); err != nil {
		b.Fatal(err)
	}
	options := pipeline.BuildOptions{
		Input:   pipeline.Input{Dir: "../examples/go-service", Getenv: os.Getenv},
		Builder: "native", Output: filepath.Join(work, "packages"), Cache: pipeline.Cache{Dir: filepath.Join(work, "cache"), Force: true},
		Key: signing.Key{Dir: filepath.Join(work, "key")},
	}
	if _, err := pipeline.Build(context.Background(), options, silent{}); err != nil { // fills Go's cache, makes the key
		b.Fatal(err)
	}
	var total, own float64
	for b.Loop() {
		rep, err := pipeline.Build(context.Background(), options, silent{})
		if err != nil {
			b.Fatal(err)
		}
		all, outside := seconds(rep.Stages)
		total, own = total+all, own+outside
	}
	b.ReportMetric(total/float64(b.N), "total-s")
	b.ReportMetric(own/float64(b.N), "own-s")
}

func seconds(stages []outcome.Stage) (all, own float64) {
	for _, s := range stages {
		all += s.Seconds
		if !slices.Contains(users, s.Name) {
			own += s.Seconds
		}
	}
	return all, own
}

// silent is a console that says nothing.
type silent struct{}

func (silent) Stage(string)        {}
func (silent) Info(string, ...any) {}
func (silent) Warn(config.Fault)   {}
func (silent) Show(string, string) {}
func (silent) Output() io.Writer   { return io.Discard }
