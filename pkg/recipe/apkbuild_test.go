package recipe

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

func ownVars(change map[string]string) map[string]string {
	vars := map[string]string{
		"pkgname": "own", "pkgver": "1.2", "pkgrel": "3", "pkgdesc": "own", "url": "https://example.org", "arch": "all", "license": "MIT",
	}
	maps.Copy(vars, change)
	return vars
}

func TestFromAPKBUILD(t *testing.T) {
	vars := ownVars(map[string]string{
		"arch": "all !s390x", "depends": "nodejs>=20\n\t!own-legacy", "subpackages": "own-doc own-x:split:noarch", "options": "!strip",
	})
	facts := source.Facts{Commit: "0123abc", Dirty: true, Time: time.Unix(1700000000, 0)}
	r, err := FromAPKBUILD(APKBUILD{Path: "APKBUILD", Vars: vars}, facts, Options{Alpine: "3.20", Arches: []string{"aarch64"}})
	if err != nil {
		t.Fatal(err)
	}
	var arches []string
	for _, arch := range apk.Arches() {
		if arch != "s390x" {
			arches = append(arches, arch)
		}
	}
	want := &Recipe{
		Name: "own", Version: "1.2", Versioned: true, Release: 3, Description: "own", URL: "https://example.org", License: "MIT",
		Branch: "v3.20", Repository: "main", Arches: arches, Targets: []string{"aarch64"},
		Compression: "balanced",
		Depends:     []string{"nodejs>=20"}, Conflicts: []string{"own-legacy"}, Trace: true,
		Subpackages: []Subpackage{{Name: "own-doc"}, {Name: "own-x"}}, Exclude: []string{"/src/", "/pkg/"},
		Commit: "0123abc-dirty", Epoch: 1700000000,
	}
	want.MakeDepends, want.CheckDepends, want.Provides, want.Replaces = []string{}, []string{}, []string{}, []string{}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
}

// TestOwnRelations: abuild refuses misspelled variables, and apk a package that speaks of itself.
func TestOwnRelations(t *testing.T) {
	for text, want := range map[string]string{
		"x\ndepend=\"musl\"\n":                "APKBUILD:2:1: depend: abuild knows no such variable. Write `depends`",
		"makedepend=go\n":                     "APKBUILD:1:1: makedepend: ",
		"subpackage=\"\n\tx-doc\n\"\n":        "APKBUILD:1:1: subpackage: ",
		"conflicts='other'\n":                 "APKBUILD:1:1: conflicts: ",
		"depend=\"\"\nf() {\n\tdepend=x\n}\n": "",
	} {
		_, err := FromAPKBUILD(APKBUILD{Path: "APKBUILD", Text: text, Vars: ownVars(nil)}, source.Facts{}, Options{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
	for _, c := range []struct{ provides, depends, want string }{
		{"own", "", "APKBUILD: provides: own is the package's own name"},
		{"own=0.9", "", "APKBUILD: provides: own=0.9 is the package's own name"},
		{"web", "!web", "APKBUILD: depends: !web is a conflict of the package with itself"},
		{"", "own", "APKBUILD: depends: own depends on itself"},
		{"web=1 own-api", "!web>1 !own<1", ""},
	} {
		vars := ownVars(map[string]string{"provides": c.provides, "depends": c.depends})
		_, err := FromAPKBUILD(APKBUILD{Path: "APKBUILD", Vars: vars}, source.Facts{}, Options{})
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), c.want)) {
			t.Errorf("%+v: got %v", c, err)
		}
	}
}

// TestFromAPKBUILDVersions checks what is said of versions that apk cannot read, and where.
func TestFromAPKBUILDVersions(t *testing.T) {
	for line, want := range map[string]string{
		`provides="web api=1.0-beta"`: "APKBUILD:1:15: provides: \"1.0-beta\" in \"api=1.0-beta\" is not an Alpine version. " +
			"Alpine writes it `1.0_beta`",
		`depends="!old<1.x nodejs=20.*"`: "APKBUILD:1:10: depends: \"1.x\" in \"old<1.x\" is not an Alpine version",
		`makedepends='go>=v1.22'`:        "APKBUILD:1:14: makedepends: \"v1.22\" in ",
		`checkdepends=py=1:2`:            "APKBUILD:1:14: checkdepends: \"1:2\" in ",
		`replaces="own-old=~1"`: "APKBUILD:1:11: replaces: \"own-old=~1\" has no operator that abuild knows. " +
			"Write `own-old~1`",
		`export install_if="docs own=1.0-"`:                       "APKBUILD:1:25: install_if: \"1.0-\" in ",
		`provides="api=999999999999999999"`:                       "APKBUILD:1:11: provides: ",
		`provides="so:liba.so.1=1.2 cmd:[=1-r0 pc:a=1_git2"`:      "",
		`depends="a@edge b=1.2.3-r0@edge c><Q1abc= !d<1 /bin/sh"`: "",
	} {
		name, value, _ := strings.Cut(strings.TrimPrefix(line, "export "), "=")
		vars := ownVars(map[string]string{name: strings.Trim(value, `"'`)})
		_, err := FromAPKBUILD(APKBUILD{Path: "APKBUILD", Text: line + "\n", Vars: vars}, source.Facts{}, Options{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.HasPrefix(err.Error(), want)) {
			t.Errorf("%s: got %v, want %s", line, err, want)
		}
	}
}

// Mistakes are all told at once, each where the variable is set.
func TestFromAPKBUILDMistakes(t *testing.T) {
	text := "# own\npkgname=own\n\tpkgver=1-2\nexport arch=amd64\n"
	vars := ownVars(map[string]string{"pkgver": "1-2", "arch": "amd64", "pkgrel": "", "pkgname": "own goal"})
	_, err := FromAPKBUILD(APKBUILD{Path: "APKBUILD", Text: text, Vars: vars}, source.Facts{}, Options{Version: "2", Alpine: "1.0"})
	var faults config.Faults
	if !errors.As(err, &faults) || len(faults) != 6 {
		t.Fatal(err)
	}
	for _, want := range []string{"--version: ", "--alpine: ", "APKBUILD: pkgrel: is required", "APKBUILD:2:1: pkgname: ",
		"APKBUILD:3:2: pkgver: ", "APKBUILD:4:8: arch: "} {
		if !strings.Contains("\n"+err.Error(), "\n"+want) {
			t.Errorf("no %q in\n%v", want, err)
		}
	}
}
