package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/instellar/instellartest"
)

// abuildScript plays abuild's part: the command snapshot is the APKBUILD's own, and -r signs with the key that abuild.conf
// names and leaves ~/packages/OWNER/<arch>.
const abuildScript = `#!/bin/sh
set -e
case $1 in
snapshot)
	msg() { :; }
	. ./APKBUILD
	snapshot ;;
-r)
	[ -d app ]
	. "$HOME/.abuild/abuild.conf"
	pakman build "$GITHUB_WORKSPACE" --builder native --output "$HOME/built" --signing-key "$PACKAGER_PRIVKEY"
	mkdir -p "$HOME/packages/acme"
	cp -R "$HOME"/built/*/main/. "$HOME/packages/acme/" ;;
esac
`

// TestOriginalWorkflow runs the commands of the workflow that docs/instellar.md begins with, in which one word changes, as a
// runner would: step by step, each with its own environment, and artifacts between the jobs.
func TestOriginalWorkflow(t *testing.T) {
	if runtime.GOARCH != "amd64" {
		t.Skip("the workflow names the artifact of x86_64")
	}
	text := read(t, "docs/instellar.md")
	before := fence.FindStringSubmatch(text)[3]
	if strings.Count(before, "        uses: upmaru/pakman@v8\n") != 2 ||
		!strings.Contains(text, "-        uses: upmaru/pakman@v8\n+        uses: pakman/build/.github/setup@v1\n") {
		t.Fatal("docs/instellar.md does not show the change of the workflow's one word")
	}
	var file workflowFile
	if err := yaml.Unmarshal([]byte(before), &file); err != nil {
		t.Fatal(err)
	}
	platform := instellartest.Start(t, "acme", "blog")
	r := newRunner(t, platform)
	ran := r.job(file.Jobs["build"].Steps) + r.job(file.Jobs["deploy"].Steps)
	if ran != 4 {
		t.Errorf("%d commands were run", ran)
	}
	d := platform.Deployment(r.commit)
	if d == nil || d.Refs[0] != "refs/heads/main" || len(platform.Keys()) != 3 {
		t.Errorf("%+v, %v", d, platform.Keys())
	}
}

// runner is a GitHub runner, as far as that workflow needs one.
type runner struct {
	t                *testing.T
	bin, work        string
	artifacts        string
	commit, checkout string
	values           *strings.Replacer
	env              []string
}

func newRunner(t *testing.T, platform *instellartest.Platform) *runner {
	t.Helper()
	r := &runner{t: t, work: t.TempDir(), bin: t.TempDir(), commit: strings.Repeat("c", 40)}
	r.checkout, r.artifacts = filepath.Join(r.work, "checkout"), filepath.Join(r.work, "artifacts")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", filepath.Join(r.bin, "pakman"), ".")
	build.Dir = ".."
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	key, err := apk.GenerateKey("acme-blog.rsa")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(r.checkout, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		filepath.Join(r.bin, "sudo"):   "#!/bin/sh\nexec \"$@\"\n",
		filepath.Join(r.bin, "abuild"): abuildScript,
		filepath.Join(r.bin, "zip"):    "#!/bin/sh\necho 'not read by anyone' >\"$2\"\n",
		filepath.Join(r.checkout, "instellar.yml"): "stack: alpine/3.20\ndependencies:\n  build: []\nbuild:\n" +
			"  destinations: [server.sh]\nkits: []\n",
		filepath.Join(r.checkout, "server.sh"): "echo hello\n",
	} {
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	r.values = strings.NewReplacer(
		"${{ github.ref }}", "refs/heads/main", "${{ github.sha }}", r.commit, "https://opsmaru.com", platform.Endpoint,
		"${{secrets.ABUILD_PRIVATE_KEY}}", string(key.PEM()), "${{secrets.ABUILD_PUBLIC_KEY}}", string(key.Public().PEM()),
		"${{secrets.INSTELLAR_PACKAGE_TOKEN}}", platform.PackageToken, "${{secrets.INSTELLAR_AUTH_TOKEN}}", platform.AuthToken,
	)
	r.env = append(platform.S3.Env(), "PATH="+r.bin+":"+os.Getenv("PATH"), "GITHUB_WORKSPACE="+r.checkout, "GITHUB_REPOSITORY=Acme/Blog",
		"GITHUB_RUN_NUMBER=3")
	return r
}

// job runs the steps in a home directory of their own and returns how many commands there were.
func (r *runner) job(steps []step) (commands int) {
	r.t.Helper()
	home, err := os.MkdirTemp(r.work, "home")
	if err != nil {
		r.t.Fatal(err)
	}
	must := func(err error) {
		if err != nil {
			r.t.Fatal(err)
		}
	}
	for _, s := range steps {
		switch action, _, _ := strings.Cut(s.Uses, "@"); action {
		case "upmaru/pakman":
			must(os.MkdirAll(filepath.Join(home, "packages"), 0o755))
		case "actions/upload-artifact":
			must(os.CopyFS(filepath.Join(r.artifacts, "X64"), os.DirFS(strings.ReplaceAll(s.With["path"], "/home/runner", home))))
		case "actions/download-artifact":
			must(os.CopyFS(strings.ReplaceAll(s.With["path"], "/home/runner", home), os.DirFS(r.artifacts)))
		}
		if s.Run == "" {
			continue
		}
		commands++
		cmd := exec.CommandContext(r.t.Context(), "bash", "-eo", "pipefail", "-c", strings.ReplaceAll(s.Run, "/home/runner", home))
		cmd.Dir, cmd.Env = r.checkout, slices.Concat(r.env, []string{"HOME=" + home})
		for name, value := range s.Env {
			cmd.Env = append(cmd.Env, name+"="+r.values.Replace(value))
		}
		if out, err := cmd.CombinedOutput(); err != nil {
			r.t.Fatalf("%s: %v\n%s", s.Run, err, out)
		}
	}
	return commands
}
