package action

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/github/githubtest"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// The workflow in which jobs build without secrets and hand their packages on: one job signs and publishes all of them,
// adds them to the release that started the run, and says there how to install them.
func TestHandedOn(t *testing.T) {
	r, s3 := newHubRun(t, githubtest.Start(t)), s3test.Start(t)
	release := r.server.AddRelease(githubtest.Release{Tag: "v2.0.0", Body: "News."})
	r.vars["GITHUB_REF_TYPE"], r.vars["GITHUB_REF_NAME"] = "tag", "v2.0.0"
	event, err := json.Marshal(map[string]any{"action": "published", "release": map[string]any{"id": release.ID, "tag_name": "v2.0.0"}})
	if err != nil {
		t.Fatal(err)
	}
	r.on("release", string(event))
	write(t, filepath.Join(r.dir, "tool/pakman.yml"), "name: tool\narchitectures: ["+apk.HostArch()+
		"]\nbuild:\n  command: echo tool >tool.txt\n  destinations: [tool.txt]\n")
	key := r.vars["INPUT_SIGNING-KEY"]
	r.vars["INPUT_SIGNING-KEY"], r.vars["INPUT_BUCKET"], r.vars["INPUT_COMMAND"] = "", "", "matrix"
	_, outputs := r.start(0)
	var legs struct {
		Include []struct{ Directory, Arch string }
	}
	if err := json.Unmarshal([]byte(outputs["matrix"]), &legs); err != nil || len(legs.Include) != 2 {
		t.Fatal(outputs["matrix"], err)
	}
	artifacts := t.TempDir()
	for _, leg := range legs.Include { // each in a workspace of its own
		r.vars["INPUT_COMMAND"], r.vars["INPUT_DIRECTORY"], r.vars["INPUT_ARCH"] = "build", leg.Directory, leg.Arch
		r.start(0)
		packages := filepath.Join(r.dir, "packages")
		handOn(t, artifacts, packages)
		if err := os.RemoveAll(packages); err != nil {
			t.Fatal(err)
		}
	}
	r.dir = t.TempDir()
	if err := os.Rename(artifacts, filepath.Join(r.dir, "packages")); err != nil {
		t.Fatal(err)
	}
	delete(r.vars, "INPUT_DIRECTORY")
	delete(r.vars, "INPUT_ARCH")
	r.vars["INPUT_COMMAND"], r.vars["INPUT_SIGNING-KEY"], r.vars["SSL_CERT_FILE"] = "publish", key, s3.CAFile
	r.vars["INPUT_BUCKET"], r.vars["INPUT_ENDPOINT"], r.vars["INPUT_REGION"] = "s3://"+s3.Bucket(t, ""), s3.Endpoint, "us-east-1"
	r.vars["INPUT_ACCESS-KEY-ID"], r.vars["INPUT_SECRET-ACCESS-KEY"] = s3.AccessKey, s3.SecretKey
	r.vars["INPUT_RELEASE-ASSETS"], r.vars["INPUT_RELEASE-NOTES"], r.vars["INPUT_DEPLOYMENT"] = "true", "true", "production"
	for range 2 {
		_, outputs = r.start(0)
	}
	if names := strings.Fields(outputs["names"]); !slices.Contains(names, "hello") || !slices.Contains(names, "tool") {
		t.Errorf("%v", outputs)
	}
	var assets []string
	for _, a := range release.Assets {
		assets = append(assets, a.Name)
	}
	for _, want := range []string{"hello-2.0.0-r3.noarch.apk", "tool-2.0.0-r3." + apk.HostArch() + ".apk", "acme-hello.rsa.pub"} {
		if !slices.Contains(assets, want) {
			t.Errorf("no %s among %v", want, assets)
		}
	}
	if len(assets) != 4 || !strings.HasPrefix(release.Body, "News.\n\n<!-- pakman ") ||
		!strings.Contains(release.Body, outputs["repository-url"]) {
		t.Errorf("%v\n%s", assets, release.Body)
	}
	if d := r.server.Deployments(); len(d) != 1 || d[0].State() != "success" ||
		d[0].Statuses[1].EnvironmentURL != outputs["repository-url"] {
		t.Errorf("%+v", d)
	}
}

// handOn copies packages as artifacts do: into one tree, where what has the same name is replaced.
func handOn(t *testing.T, to, from string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		write(t, filepath.Join(to, strings.TrimPrefix(path, from)), string(text))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
