package test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// test/image/check.sh finds each fault of an image. In place of docker stands a script that runs the check here, with
// programs that say what those of the image would.
func TestImageCheck(t *testing.T) {
	const docker = `#!/bin/sh
case $1 in
run) shift 5; exec /bin/sh "$@" ;;
image) case $4 in
	*Size*) echo "$SIZE" ;;
	*) [ "$LABELS" = none ] || echo label ;;
	esac ;;
esac
`
	for name, c := range map[string]struct {
		env     string // that differs from an image without fault
		without string
		want    string
	}{
		"good":          {want: "The image has 270 MB on disk."},
		"abuild-sudo":   {env: "FOUND=/usr/bin/abuild-sudo", want: "270 MB"},
		"set-user-ID":   {env: "FOUND=/bin/bbsuid", want: "set-user-ID or set-group-ID: /bin/bbsuid"},
		"too large":     {env: "SIZE=450000001", want: "450 MB"},
		"no label":      {env: "LABELS=none", want: "no label title"},
		"root builds":   {env: "ID=0", want: "no unprivileged user"},
		"no pigz":       {without: "pigz", want: "no pigz"},
		"does not work": {without: "pakman", want: "pakman"},
	} {
		t.Run(name, func(t *testing.T) {
			bin := t.TempDir()
			scripts := map[string]string{"docker": docker, "find": "#!/bin/sh\necho $FOUND\n", "id": "#!/bin/sh\necho $ID\n"}
			for _, program := range []string{"abuild", "bash", "cc", "curl", "fakeroot", "git", "make", "pigz", "pakman"} {
				scripts[program] = "#!/bin/sh\n"
			}
			delete(scripts, c.without)
			for program, text := range scripts {
				if err := os.WriteFile(filepath.Join(bin, program), []byte(text), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			summary := filepath.Join(t.TempDir(), "summary")
			cmd := exec.CommandContext(t.Context(), "/bin/sh", "image/check.sh", "pakman:test")
			cmd.Env = []string{"PATH=" + bin, "FOUND=", "ID=1000", "SIZE=270000000", "LABELS=all", "GITHUB_STEP_SUMMARY=" + summary}
			if c.env != "" {
				cmd.Env = append(cmd.Env, c.env)
			}
			out, err := cmd.CombinedOutput()
			if good := strings.Contains(c.want, "270"); (err == nil) != good || !strings.Contains(string(out), c.want) {
				t.Errorf("%v; want %q in:\n%s", err, c.want, out)
			}
			if text, _ := os.ReadFile(summary); strings.Contains(c.want, "MB") && !strings.Contains(string(text), "MB on disk") {
				t.Errorf("summary: %q", text)
			}
		})
	}
}
