package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/abuild"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console/consoletest"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/usererror"
)

// alpine returns a machine with Alpine 3.24 and, on PATH, an apk that makes it what its repositories say.
func alpine(t *testing.T) abuild.Machine {
	t.Helper()
	root, bin := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		filepath.Join(root, "etc/alpine-release"):   "3.24.1\n",
		filepath.Join(root, "etc/apk/repositories"): "https://mirror/v3.24/main\n",
		filepath.Join(bin, "apk"): "#!/bin/sh\nread line <'" + root + "/etc/apk/repositories'; echo \"apk $*\"\n" +
			"line=${line#https://mirror/v}; echo \"${line%/main}.0\" >'" + root + "/etc/alpine-release'\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":/usr/bin:/bin")
	return abuild.Machine{Root: root}
}

func TestSwitchAlpine(t *testing.T) {
	for name, c := range map[string]struct {
		builder  builder.Builder
		ours     bool
		option   string
		branches []string
		want     string // of the error; empty: none
		becomes  string
		says     string
	}{
		"the same":    {branches: []string{"v3.24", "v3.24"}, becomes: "v3.24"},
		"a container": {ours: true, branches: []string{"v3.20"}, becomes: "v3.20", says: "from Alpine v3.24 to v3.20"},
		"somebody's machine": {branches: []string{"v3.20"}, becomes: "v3.24", want: "pakman.yml:2:8: stack: the packages must be " +
			"for Alpine v3.20, and abuild runs on Alpine v3.24 here. Build for v3.24 with `--alpine v3.24`"},
		"said by the option": {option: "3.20", branches: []string{"v3.20"}, becomes: "v3.24",
			want: "--alpine: the packages must be for"},
		"an old one": {ours: true, branches: []string{"v3.17"}, becomes: "v3.17", says: "warning: pakman.yml:2:8: stack: Alpine v3.17 has had " +
			"no security updates since 2024-11-22. Upgrade the machines, and then build for 3."},
		"an old one, native": {builder: native.Builder{}, branches: []string{"v3.14", "v3.14"}, becomes: "v3.24",
			says: "Alpine v3.14 has had no security updates since 2023-05-01"},
		"too old": {ours: true, branches: []string{"v3.16"}, becomes: "v3.24",
			want: "v3.16 is too old: the builder abuild can be brought to edge, v3.17 and newer"},
		"two releases":         {ours: true, branches: []string{"v3.24", "v3.20"}, becomes: "v3.24", want: "one release at a time"},
		"two releases, native": {builder: native.Builder{}, branches: []string{"v3.24", "v3.20"}, becomes: "v3.24"},
		"newer than known": {ours: true, branches: []string{"v3.26"}, becomes: "v3.26",
			says: "warning: pakman.yml:2:8: stack: v3.26 is newer than"},
	} {
		t.Run(name, func(t *testing.T) {
			machine, console := alpine(t), &consoletest.Buffer{}
			file, _, err := config.Parse("pakman.yml", []byte("name: hello\nstack: alpine/3.24\nbuild:\n  destinations: [x]\n"))
			if err != nil {
				t.Fatal(err)
			}
			machine.Outer, machine.Log = os.Getenv, console.Output()
			var plans []*Plan
			for _, b := range c.branches {
				plans = append(plans, &Plan{Config: file, Recipe: &recipe.Recipe{Name: "hello", Branch: b}})
			}
			with := c.builder
			if with == nil {
				with = abuild.Builder{}
			}
			err = switchAlpine(t.Context(), machine, plans, with, c.ours, c.option != "", console)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want) ||
				!errors.As(err, new(*usererror.InputError))) {
				t.Errorf("%v; want %q", err, c.want)
			}
			if got, err := machine.Branch(); err != nil || got != c.becomes {
				t.Errorf("the machine is %q, %v; want %q", got, err, c.becomes)
			}
			if !strings.Contains(console.String(), c.says) {
				t.Errorf("no %q in:\n%s", c.says, console)
			}
		})
	}
}
