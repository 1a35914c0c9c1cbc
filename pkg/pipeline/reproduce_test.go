package pipeline

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
)

// The second build is told all that the packages depend on, and no secret.
func TestBuildOptionsOfSecondBuild(t *testing.T) {
	o := BuildOptions{
		Input: Input{Config: "a.yml", Recipe: recipe.Options{Version: "1.2", Release: 3, Arches: []string{"x86_64"}, Repository: "apps", Alpine: "3.20"}},
		Dirs:  []string{"api", "web"}, Jobs: 2, Arch: "x86_64", Output: "out", Builder: "native",
		Env: map[string]string{"COLOUR": "blue"}, Key: signing.Key{PEM: secret.New("hunter2")}, Secrets: []string{"hunter2"},
		Again: &Again{Environ: []string{"TOKEN=hunter2"}},
	}
	text, err := json.Marshal(o)
	if err != nil || strings.Contains(string(text), "hunter2") {
		t.Fatal(string(text), err)
	}
	got, err := ReadBuildOptions(bytes.NewReader(text), func(string) string { return "x" })
	if err != nil || got.Getenv("A") != "x" {
		t.Fatal(err)
	}
	o.Key, o.Secrets, o.Again = signing.Key{}, nil, nil
	if diff := cmp.Diff(o, got, cmpopts.IgnoreFields(Input{}, "Getenv"), cmpopts.EquateEmpty(), cmp.AllowUnexported(secret.String{})); diff != "" {
		t.Error(diff)
	}
}
