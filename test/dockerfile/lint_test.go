// Package dockerfile holds the Dockerfile to BuildKit's own checks.
package dockerfile

import (
	"context"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerui"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// images answers for every image, so that none is looked up in a registry.
type images struct{}

func (images) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	config, err := json.Marshal(ocispecs.Image{
		Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"}, RootFS: ocispecs.RootFS{Type: "layers"},
		Config: ocispecs.ImageConfig{Env: []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin"}},
	})
	return ref, digest.FromBytes(config), config, err
}

// everyCheck is a directive that turns the experimental checks on as well. It must be the first line.
const everyCheck = "# check=experimental=all\n"

// lint returns what BuildKit complains of, one a line.
func lint(t *testing.T, text []byte) []string {
	t.Helper()
	amd64 := ocispecs.Platform{OS: "linux", Architecture: "amd64"}
	source := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", text)
	source.Definition = &llb.Definition{} // of a file that is not from a build's context
	results, err := dockerfile2llb.DockerfileLint(t.Context(), text, dockerfile2llb.ConvertOpt{
		Config:         dockerui.Config{BuildPlatforms: []ocispecs.Platform{amd64}},
		TargetPlatform: &amd64, MetaResolver: images{},
		SourceMap: source,
	})
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	if results.Error != nil {
		found = append(found, results.Error.Message)
	}
	for _, w := range results.Warnings {
		found = append(found, w.RuleName+": "+w.Detail)
	}
	return found
}

func TestDockerfile(t *testing.T) {
	text, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range lint(t, append([]byte(everyCheck), text...)) {
		t.Error(complaint)
	}
}

// The linter does find something where there is something.
func TestLintFinds(t *testing.T) {
	for text, want := range map[string]string{
		"FROM alpine:3.24 as base\nENTRYPOINT pakman\n": "FromAsCasing JSONArgsRecommended",
		"FROM alpine:3.24\nENV API_TOKEN=x\n":           "SecretsUsedInArgOrEnv",
		"FROM alpine:3.24\nCOPPY a b\n":                 "unknown instruction",
	} {
		got := strings.Join(lint(t, []byte(everyCheck+text)), "\n")
		for _, rule := range strings.Fields(want) {
			if !strings.Contains(got, rule) {
				t.Errorf("no %s in %q for:\n%s", rule, got, text)
			}
		}
	}
}
