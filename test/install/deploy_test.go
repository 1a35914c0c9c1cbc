package install

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/instellar/instellartest"
)

// TestDelivered builds an application and delivers it, then its next version, to a platform that takes the protocol at its
// word. What the platform's consumer unpacks and serves is all that the machine knows: it installs the one and upgrades to
// the other.
func TestDelivered(t *testing.T) {
	key, keyFile := newKey(t, "acme-blog.rsa")
	support := standIns(t)
	for example, world := range map[string][]string{
		"node-service": {"node-service", "node-service-openrc"}, "static-site": {"static-site", "static-site-openrc"},
	} {
		t.Run(example, func(t *testing.T) {
			platform := instellartest.Start(t, "acme", "blog")
			var served []repository
			for i, version := range []string{"1.0.0", "1.1.0"} {
				commit := strings.Repeat(string(rune('a'+i)), 40)
				deploy(t, platform, example, keyFile, version, commit)
				d := platform.Deployment(commit)
				if d == nil {
					t.Fatalf("version %s: there is no deployment", version)
				}
				served = append(served, serve(t, platform.Unpack(t, d), key.Public()))
				system := mustInstall(t, []repository{served[i], support}, world...)
				checkInstalled(t, system, served[i], example, version+"-r0")
			}
			upgradeByApk(t, example, world, served, support)
		})
	}
}

// deploy runs pakman as a workflow does.
func deploy(t *testing.T, platform *instellartest.Platform, example, key, version, commit string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), pakman, "build", filepath.Join(root, "examples", example), "--builder", "native",
		"--output", t.TempDir(), "--signing-key", key, "--version", version, "--release", "0", "--deploy", "instellar")
	cmd.Env = append(os.Environ(), append(platform.S3.Env(),
		"GITHUB_REPOSITORY=", "INSTELLAR_ENDPOINT="+platform.Endpoint, "WORKFLOW_SHA="+commit, "WORKFLOW_REF=refs/heads/main",
		"INSTELLAR_AUTH_TOKEN="+platform.AuthToken, "INSTELLAR_PACKAGE_TOKEN="+platform.PackageToken)...)
	// The repository's name is the platform's package, not the example's, so it is no GITHUB_REPOSITORY here.
	cmd.Args = append(cmd.Args, "--github-repository", "Acme/Blog")
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		t.Fatalf("%v\n%s", err, &output)
	}
}

// upgradeByApk does with the apk of this machine what the platform does: it adds the one and upgrades to the other, and
// anything on stderr is a failure.
func upgradeByApk(t *testing.T, example string, world []string, served []repository, support repository) {
	t.Helper()
	if _, err := exec.LookPath("apk"); err != nil || os.Getuid() != 0 {
		t.Log("without root's apk only apko has installed it")
		return
	}
	target := newRoot(t, example, served[0], support)
	target.apk("add", append([]string{"--initdb"}, world...)...)
	target.check(example, "1.0.0-r0")
	lines := served[1].dir + "\n" + support.dir + "\n"
	if err := os.WriteFile(filepath.Join(target.path, "etc/apk/repositories"), []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	target.apk("update")
	target.apk("add", "--upgrade", example)
	target.check(example, "1.1.0-r0")
	target.apk("del", world...)
}
