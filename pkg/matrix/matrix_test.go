package matrix

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/config"
)

// app is an application whose build needs some and whose package needs others.
func app(name, build, runtime string, arches ...string) Application {
	return Application{
		Name: name, Directory: "apps/" + name, Arches: arches, Provides: []string{name, name + "-openrc", "cmd:" + name + "=1"},
		Build: strings.Fields(build), Runtime: strings.Fields(runtime),
		Pos: func(key string) config.Pos { return config.Pos{File: name + "/pakman.yml", Line: len(key)} },
	}
}

func TestNew(t *testing.T) {
	m, err := New([]Application{
		app("web", "go lib>=1.2", "api-openrc nodejs", "noarch"),
		app("api", "", "lib@edge !web", "x86_64", "aarch64"),
		app("lib", "cmd:tool", "lib", "x86_64"),
		app("tool", "", "", "x86_64"),
	}, GitHub())
	if err != nil {
		t.Fatal(err)
	}
	want := []Leg{
		{"tool", "apps/tool", "x86_64", "ubuntu-24.04", 0},
		{"lib", "apps/lib", "x86_64", "ubuntu-24.04", 1},
		{"api", "apps/api", "x86_64", "ubuntu-24.04", 2},
		{"api", "apps/api", "aarch64", "ubuntu-24.04-arm", 2},
		{"web", "apps/web", "noarch", "ubuntu-24.04", 3},
	}
	if diff := cmp.Diff(want, m.Include); diff != "" {
		t.Error(diff)
	}
	waves := m.Waves()
	if len(waves) != 4 || len(waves[2].Include) != 2 {
		t.Errorf("%+v", waves)
	}
	var read []struct{ Include []map[string]any }
	if err := json.Unmarshal([]byte(waves.String()), &read); err != nil || read[3].Include[0]["runner"] != "ubuntu-24.04" {
		t.Errorf("%v %s", err, waves)
	}
	empty, err := New(nil, GitHub())
	if err != nil || empty.String() != `{"include":[]}` || empty.Waves().String() != "[]" {
		t.Errorf("%v, %s, %s", err, empty, empty.Waves())
	}
}

func TestCircle(t *testing.T) {
	_, err := New([]Application{app("a", "", "b", "x86_64"), app("b", "c", "", "x86_64"), app("c", "", "b-openrc", "x86_64")}, GitHub())
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Pos.File != "b/pakman.yml" ||
		!strings.Contains(err.Error(), "b → c → b") || !strings.Contains(err.Error(), "b/pakman.yml, c/pakman.yml") ||
		strings.Contains(err.Error(), "a/pakman.yml") {
		t.Error(err)
	}
}

func TestTooManyLegs(t *testing.T) {
	var all []Application
	for i := range MaxLegs {
		all = append(all, app(fmt.Sprintf("app-%d", i), "", "", "x86_64"))
	}
	if _, err := New(all, GitHub()); err != nil {
		t.Error(err)
	}
	if _, err := New(append(all, app("one", "", "", "noarch")), GitHub()); err == nil ||
		!strings.Contains(err.Error(), "257 jobs, and GitHub runs 256") {
		t.Error(err)
	}
}

func TestRunners(t *testing.T) {
	r, err := ParseRunners([]string{"aarch64 = my-arm", "riscv64=[self-hosted]"})
	if diff := cmp.Diff(Runners{"x86_64": "ubuntu-24.04", "aarch64": "my-arm", "riscv64": "[self-hosted]"}, r); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	for _, line := range []string{"aarch64", "arm64=x", "x86_64="} {
		if _, err := ParseRunners([]string{line}); err == nil {
			t.Errorf("%q is taken", line)
		}
	}
	_, err = New([]Application{app("a", "", "", "x86_64", "riscv64")}, GitHub())
	if err == nil || !strings.Contains(err.Error(), "a/pakman.yml:13:0: architectures: GitHub has no runner for riscv64") ||
		!strings.Contains(err.Error(), "riscv64=LABEL") {
		t.Error(err)
	}
	for _, r := range []Runners{{"noarch": "x"}, {"s390x": "x"}} {
		if label, ok := r.Label("noarch"); !ok || label != "x" {
			t.Errorf("%v: %q", r, label)
		}
	}
}

func TestAffected(t *testing.T) {
	all := []Application{
		app("app", "lib", ""), app("lib", "base", ""), app("base", "", ""),
		app("runs", "", "lib"), app("other", "", ""),
	}
	some, err := Affected(all, func(a Application) bool { return a.Name == "base" })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, a := range some {
		names = append(names, a.Name)
	}
	if diff := cmp.Diff([]string{"app", "lib", "base"}, names); diff != "" {
		t.Error(diff)
	}
}
