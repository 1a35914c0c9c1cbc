package native

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/goldentest"
)

// The native builder makes the packages that abuild made, or refuses what abuild refuses.
func TestGoldens(t *testing.T) {
	goldentest.Each(t, func(t *testing.T, c goldentest.Case) {
		t.Helper()
		work := openDir(t)
		j := builder.Job{Inputs: builder.Inputs{Arch: goldentest.Arch, Env: c.Env(), Epoch: goldentest.Epoch, Packager: goldentest.Packager,
			Commit: c.Commit(t)}, Run: builder.Run{
			Dir: c.Write(t, work), Output: filepath.Join(work, "out"), TempDir: filepath.Join(work, "tmp"),
			Outer: os.Getenv,
		}}
		for _, dir := range []string{j.Output, j.TempDir} {
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
		}
		var log bytes.Buffer
		j.Log = &log
		files, err := Builder{}.Build(context.Background(), j)
		if c.Refused(t) {
			wantRefused(t, err, files, log.String())
			return
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, log.String())
		}
		c.Compare(t, files)
	})
}

// openDir returns a temporary directory that the build's user passes through.
func openDir(t *testing.T) string {
	t.Helper()
	work := t.TempDir()
	for p := work; len(p) > len(os.TempDir()); p = filepath.Dir(p) {
		if err := os.Chmod(p, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return work
}

func wantRefused(t *testing.T, err error, files []string, log string) {
	t.Helper()
	var refused *builder.RefusedError
	var failed *builder.CommandError
	if !errors.As(err, &refused) && !errors.As(err, &failed) {
		t.Errorf("abuild refuses this; native made %v, error %v\n%s", files, err, log)
	}
}
