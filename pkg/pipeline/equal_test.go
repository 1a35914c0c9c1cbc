package pipeline

import (
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk/diff"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/signing"
)

// The examples come out of both builders as the same packages, but for those whose toolchain or
// registry is missing here.
func TestExamplesAreEqual(t *testing.T) {
	if _, err := exec.LookPath("abuild"); err != nil {
		t.Skip("needs abuild: not on PATH")
	}
	files, err := filepath.Glob("../../examples/*/pakman.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d examples, %v", len(files), err)
	}
	key := signing.Key{Dir: t.TempDir()}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			made := map[string][]report.Package{}
			for _, name := range []string{"native", "abuild"} {
				o := ownBuild(t, dir, nil)
				o.Builder, o.Key, o.Recipe.Arches, o.Recipe.Repository = name, key, nil, "main"
				o.Arch = ""
				rep, err := Build(context.Background(), o, &silent{})
				if failed, ok := errors.AsType[*builder.CommandError](err); ok {
					t.Skipf("needs more than this machine has: %v\n%s", err, strings.Join(failed.Tail, "\n"))
				}
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				made[name] = rep.Packages
			}
			if len(made["native"]) != len(made["abuild"]) {
				t.Fatalf("native made %v, abuild %v", made["native"], made["abuild"])
			}
			for i, own := range made["native"] {
				found, err := diff.Files(context.Background(), made["abuild"][i].File, own.File, diff.Options{})
				if err != nil {
					t.Fatal(err)
				}
				for _, d := range found {
					t.Errorf("%s: abuild → native: %s", filepath.Base(own.File), d)
				}
			}
		})
	}
}
