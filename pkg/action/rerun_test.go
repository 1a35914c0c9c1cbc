package action

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// A re-run of the same commit succeeds where the build writes something random, as frameworks do with their build ids: the bucket
// keeps what it has, and the release's assets are that, not what was built now. Another commit stays an error.
func TestRerun(t *testing.T) {
	r := newHubRun(t, githubtest.Start(t))
	write(t, filepath.Join(r.dir, "pakman.yml"), "name: hello\narchitectures: [noarch]\nbuild:\n"+
		"  command: mkdir -p .next && cat /proc/sys/kernel/random/uuid >.next/BUILD_ID\n  destinations: [.next]\n")
	r.onTag("v1.2.0")
	r.vars["INPUT_RELEASE-ASSETS"] = "true"
	if log, _ := r.start(0); strings.Contains(log, "already published") {
		t.Fatal(log)
	}
	log, outputs := r.start(0)
	if strings.Count(log, "hello 1.2.0-r3: already published from the same commit") != 1 ||
		!strings.Contains(log, "0 assets uploaded, 0 replaced, 3 unchanged") {
		t.Error(log)
	}
	if outputs["changed"] != "false" || !strings.Contains(outputs["packages"], `"taken":true`) {
		t.Errorf("%v", outputs)
	}
	r.vars["GITHUB_SHA"] = strings.Repeat("1f", 20)
	if log, _ = r.start(1); !strings.Contains(log, "one is of commit 0123456789ab, the other of 1f1f1f1f1f1f") {
		t.Error(log)
	}
}
