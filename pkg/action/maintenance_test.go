package action

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A repository in a directory: what was published in two runs is verified, pruned, and found to be damaged.
func TestKeeping(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "pakman.yml", "name: hello\nbuild:\n  destinations: [a.txt]\narchitectures: [noarch]\n")
	write(t, "a.txt", "a")
	key := anyKey(t)
	bucket, summary := t.TempDir(), filepath.Join(t.TempDir(), "summary")
	step := func(with map[string]string) (int, string) {
		vars := map[string]string{"PATH": os.Getenv("PATH"), "GITHUB_STEP_SUMMARY": summary, "INPUT_BUCKET": bucket,
			"INPUT_BUILDER": "native", "INPUT_ALPINE": "3.24",
			"INPUT_SIGNING-KEY": string(key.PEM()), "INPUT_KEY-NAME": "k"}
		maps.Copy(vars, with)
		if err := os.WriteFile(summary, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		env, out := environment(vars)
		code := Main(context.Background(), env)
		text, err := os.ReadFile(summary)
		if err != nil {
			t.Fatal(err)
		}
		return code, out.String()[max(0, strings.LastIndex(out.String(), "::add-mask::")):] + "\n=== summary\n" + string(text)
	}
	old, _ := filepath.Abs(filepath.Join(bucket, "v3.24/main/x86_64/hello-1.0.0-r0.apk"))
	for _, tc := range []struct {
		with   map[string]string
		damage bool
		code   int
		want   []string
	}{
		{with: map[string]string{"INPUT_COMMAND": "check", "INPUT_SIGNING-KEY": ""}, want: []string{"1 checked: no mistakes"}},
		{with: map[string]string{"INPUT_VERSION": "1.0.0"}, want: []string{"hello-1.0.0-r0.apk"}},
		{with: map[string]string{"INPUT_VERSION": "1.1.0"}, want: []string{"since 1.0.0-r0"}},
		{with: map[string]string{"INPUT_COMMAND": "verify", "INPUT_SIGNING-KEY": ""},
			want: []string{"=== summary\n### Verification\n\n    2 indexes, 4 packages", ": 0 faults", "key k.rsa.pub, SHA-256 "}},
		{with: map[string]string{"INPUT_COMMAND": "prune", "INPUT_KEEP": "1", "INPUT_DRY-RUN": "true", "INPUT_SIGNING-KEY": ""},
			want: []string{"2 would leave the index", "would leave the index: file://" + old}},
		{with: map[string]string{"INPUT_COMMAND": "verify"}, damage: true, code: 1,
			want: []string{"::error::file://" + old, ": 2 faults; key ", "=== summary\n### PAKman failed\n\n    file://"}},
		{with: map[string]string{"INPUT_COMMAND": "prune", "INPUT_KEEP": "1"}, want: []string{"=== summary\n### Pruning\n\n" +
			"    2 left the index, 0 wait, 0 deleted"}},
		{with: map[string]string{"INPUT_COMMAND": "prune", "INPUT_BUCKET": ""}, code: 1,
			want: []string{"::error::command prune: the input bucket is required"}},
		{with: map[string]string{"INPUT_COMMAND": "prune", "INPUT_SIGNING-KEY": ""}, code: 1,
			want: []string{"input bucket needs signing-key"}},
	} {
		if tc.damage {
			if err := os.WriteFile(old, []byte("no package"), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		code, out := step(tc.with)
		if code != tc.code {
			t.Errorf("%v: exit code %d\n%s", tc.with, code, out)
		}
		for _, want := range tc.want {
			if !strings.Contains(out, want) {
				t.Errorf("%v: no %q in\n%s", tc.with, want, out)
			}
		}
	}
}

// The mistakes of all files are annotations, at once.
func TestCheckCommand(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "a/pakman.yml", "naem: hello\n")
	write(t, "b/pakman.yml", "name: hello\nrun:\n  namee: x\n")
	env, out := environment(map[string]string{"INPUT_COMMAND": "check", "INPUT_DIRECTORY": "a\nb"})
	if code := Main(context.Background(), env); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, want := range []string{"::error col=1,file=a/pakman.yml,line=1::", "::error col=3,file=b/pakman.yml,line=3::"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
}
