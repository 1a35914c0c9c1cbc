package action

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// Jobs of a matrix fill one draft, and a job after them publishes it. In a repository whose releases do not change later, the
// packages are in the bucket by then.
func TestReleaseOfAMatrix(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	r.server.Immutable()
	r.onTag("v1.2.0")
	r.vars["INPUT_RELEASE-ASSETS"], r.vars["INPUT_MATRIX-JOBS"] = "true", "2"
	for _, alpine := range []string{"3.23", "3.24"} {
		r.vars["INPUT_ALPINE"], r.vars["INPUT_RELEASE"] = alpine, strings.TrimPrefix(alpine, "3.")
		if log, _ := r.start(0); !strings.Contains(log, "is one of 2 jobs of a matrix") || !strings.Contains(log, "command: release") {
			t.Errorf("%s", log)
		}
	}
	if all := r.server.Releases(); len(all) != 1 || !all[0].Draft || len(all[0].Assets) != 5 {
		t.Fatalf("%d releases, %+v", len(all), all[0])
	}
	for _, name := range []string{"INPUT_MATRIX-JOBS", "INPUT_RELEASE-ASSETS", "INPUT_SIGNING-KEY", "INPUT_BUCKET"} {
		delete(r.vars, name)
	}
	r.vars["INPUT_COMMAND"] = "release"
	log, outputs := r.start(0)
	if release := r.server.Releases()[0]; release.Draft || !release.Immutable || len(release.Assets) != 5 ||
		!strings.HasSuffix(outputs["release-url"], "/v1.2.0") || !strings.Contains(log, "is published") {
		t.Errorf("%v %+v\n%s", outputs, release, log)
	}
	r.vars["GITHUB_REF_TYPE"], r.vars["GITHUB_REF_NAME"] = "branch", "main"
	if log, _ := r.start(1); !strings.Contains(log, "command release: this run is not for a tag") {
		t.Errorf("%s", log)
	}
	r.onTag("v1.2.0")
	r.on("pull_request", `{"pull_request":{"head":{"repo":null},"base":{"sha":"b"}}}`)
	if code, log := action(t, r.dir, r.vars); code != 0 || !strings.Contains(log, "a deleted repository") {
		t.Errorf("exit code %d\n%s", code, log)
	}
}

// A draft that somebody else has made gets the assets and stays one; the log says so.
func TestDraftOfAnother(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	draft := r.server.AddRelease(githubtest.Release{Tag: "v1.2.0", Draft: true, Body: "What is new"})
	r.onTag("v1.2.0")
	r.vars["INPUT_RELEASE-ASSETS"] = "true"
	if log, _ := r.start(0); !draft.Draft || len(draft.Assets) != 3 || !strings.Contains(log, "somebody else has made it") {
		t.Errorf("%+v\n%s", draft, log)
	}
}

// A package whose name the server changes has checksums that fit, and a second run changes nothing.
func TestReleaseOfLibstdcxx(t *testing.T) {
	for asset, plusless := range map[string]bool{"libstdc++-1.2.0-r3.noarch": false, "libstdc.-1.2.0-r3.noarch": true} {
		r := newHubRun(t, githubtest.Start(t))
		if plusless {
			r.server.WithoutPlus()
		}
		write(t, filepath.Join(r.dir, "pakman.yml"), "name: libstdc++\narchitectures: [noarch]\nbuild:\n"+
			"  command: echo hello >hello.txt\n  destinations: [hello.txt]\n")
		r.onTag("v1.2.0")
		r.vars["INPUT_RELEASE-ASSETS"] = "true"
		r.start(0)
		release := r.server.Releases()[0]
		if release.Asset(asset+".apk") == nil {
			t.Fatalf("%+v", release.Assets)
		}
		checkReleaseSums(t, release, strings.Replace(asset, "-r3.noarch", "-r3.noarch.sha256", 1))
		if log, _ := r.start(0); !strings.Contains(log, "0 assets uploaded, 0 replaced, 3 unchanged") {
			t.Errorf("%s", log)
		}
	}
}
