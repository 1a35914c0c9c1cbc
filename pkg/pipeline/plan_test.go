package pipeline

import (
	"context"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// silent is a console that keeps only warnings.
type silent struct{ warnings []string }

func (*silent) Stage(string)           {}
func (*silent) Info(string, ...any)    {}
func (s *silent) Warn(f config.Fault)  { s.warnings = append(s.warnings, f.String()) }
func (*silent) Show(string, string)    {}
func (*silent) Output() io.Writer      { return io.Discard }
func noEnvironment(name string) string { return map[string]string{"PATH": os.Getenv("PATH")}[name] }

// Every fixture of a framework is planned and rendered, and the plan is the golden one: the same file
// has the same plan, whatever else changes.
func TestFrameworkPlans(t *testing.T) {
	files, err := filepath.Glob("../config/testdata/frameworks/*/*.yml")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d fixtures, %v", len(files), err)
	}
	for _, file := range files {
		name := filepath.Base(filepath.Dir(file))
		t.Run(name, func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := filepath.Join(t.TempDir(), name)
			copied := filepath.Join(dir, filepath.Base(file))
			when := time.Unix(1700000000, 0)
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(copied, text, 0o644); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(copied, when, when); err != nil {
				t.Fatal(err)
			}
			in := Input{Dir: dir, Getenv: noEnvironment}
			in.Recipe.Arches = []string{"x86_64"}
			plan, err := NewPlan(context.Background(), in, &silent{})
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.MarshalIndent(plan.Recipe, "", "  ")
			if err != nil {
				t.Fatal(err)
			}
			compareGolden(t, filepath.Join("testdata/plans", name+".json"), strings.ReplaceAll(string(got), dir+"/", "")+"\n")
		})
	}
}

func compareGolden(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(golden), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", golden, diff)
	}
}
