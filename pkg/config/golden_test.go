package config

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"
)

var update = flag.Bool("update", false, "write the golden files anew")

// golden compares got with a file, or writes it.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), run with -update if that is meant:\n%s", path, diff)
	}
}

func fixtures(t *testing.T, pattern string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("testdata", pattern))
	if err != nil || len(paths) == 0 {
		t.Fatalf("%s: %d files, %v", pattern, len(paths), err)
	}
	return paths
}

// TestFrameworks loads a realistic file for each framework: nothing to complain of, and every value as it was meant.
func TestFrameworks(t *testing.T) {
	for _, path := range fixtures(t, "frameworks/*/*.yml") {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			f, warnings, err := Load(path)
			if err != nil || len(warnings) > 0 {
				t.Fatalf("%v\n%v", err, warnings)
			}
			golden(t, filepath.Join(filepath.Dir(path), "golden.json"), dump(t, f))
		})
	}
}

// TestOdd loads what stands in real files: warnings at most.
func TestOdd(t *testing.T) {
	for _, path := range fixtures(t, "odd/*.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			f, warnings, err := parseFixture(t, path)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(path, ".yml")+".golden", warnings.Error()+"\n\n"+dump(t, f))
		})
	}
}

// TestBad compares what is said of bad files.
func TestBad(t *testing.T) {
	for _, path := range fixtures(t, "bad/*.yml") {
		t.Run(filepath.Base(path), func(t *testing.T) {
			_, warnings, err := parseFixture(t, path)
			if err == nil {
				t.Fatal("no fault was found")
			}
			golden(t, strings.TrimSuffix(path, ".yml")+".golden", err.Error()+"\n\n"+warnings.Error()+"\n")
		})
	}
}

// parseFixture parses CASE.instellar.yml as instellar.yml.
func parseFixture(t *testing.T, path string) (*File, Faults, error) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	_, name, _ := strings.Cut(filepath.Base(path), ".")
	return Parse(name, data)
}

// dump shows what a file holds: its values that are not zero, and the payload.
func dump(t *testing.T, f *File) string {
	t.Helper()
	payload, err := f.Payload()
	if err != nil {
		t.Fatal(err)
	}
	plain := *f
	plain.Path = ""
	plain.Kits, plain.Sizes, plain.Plans, plain.Page = yaml.Node{}, yaml.Node{}, yaml.Node{}, yaml.Node{}
	text, err := json.Marshal(plain)
	if err != nil {
		t.Fatal(err)
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Kits", "Sizes", "Plans", "Page"} {
		delete(tree, name)
	}
	prune(tree)
	tree["payload"] = payload
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(tree); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func prune(v any) (empty bool) {
	switch v := v.(type) {
	case map[string]any:
		for k, child := range v {
			if prune(child) {
				delete(v, k)
			}
		}
		return len(v) == 0
	case []any:
		for _, child := range v {
			prune(child)
		}
		return len(v) == 0
	case string:
		return v == ""
	}
	return v == nil || v == false
}
