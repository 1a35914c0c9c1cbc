package config

import (
	"strings"
	"testing"
)

// TestSpellings reads dependencies as people write them who know another tool.
func TestSpellings(t *testing.T) {
	for text, want := range map[string]string{
		"musl=~1": "musl~1", "musl~=1": "musl~1", "musl~~1": "musl~1", "musl ~> 1": "musl~1", "musl~1": "musl~1",
		"curl == 8.1-r0": "curl=8.1-r0", "curl=>8": "curl>=8", "curl=<8": "curl<=8", "curl << 8": "curl<8", "curl (>> 8)": "curl>8",
		"python3 (>= 3.12)": "python3>=3.12", "python3(>=3.12)": "python3>=3.12", "python3  >=  3.12": "python3>=3.12",
		"!apache2 (< 2)": "", "nodejs": "nodejs", "so:libc.so (= 1)": "so:libc.so=1", "a@edge >= 1": "a@edge>=1", "/bin/sh": "/bin/sh",
	} {
		for _, file := range []string{"pakman.yml", "instellar.yml"} {
			f, _, err := Parse(file, []byte("name: a\ndependencies: {runtime: ['"+text+"']}\nbuild: {destinations: [x]}\n"))
			if want == "" {
				if err == nil && file == "pakman.yml" {
					t.Errorf("%s: %q was taken", file, text)
				}
				continue
			}
			if err != nil {
				t.Errorf("%s: %q: %v", file, text, err)
				continue
			}
			if got := strings.Join(f.Dependencies.Runtime, "|"); got != want {
				t.Errorf("%s: %q is read as %s, want %s", file, text, got, want)
			}
		}
	}
}

// TestDependencyHints checks what is said of dependencies that apk would refuse or never find.
func TestDependencyHints(t *testing.T) {
	for text, want := range map[string]string{
		"a | b": "2:26: dependencies.runtime[0]: \"a | b\" is not a package name with or without a version. apk has no " +
			"alternatives",
		"a (>= 1), b":                "one package per list item",
		"python3:any":                "Write `python3`; apk installs for the machine's own architecture",
		"nodejs@20.1":                "Write `nodejs~20.1`; the text after @ is the tag of a repository",
		"nodejs=20.*":                "Write `nodejs~20`",
		"nodejs>=20.0-rc":            "is not an Alpine version. Alpine writes it `20.0_rc`",
		"nodejs>=999999999999999999": "\"999999999999999999\" in \"nodejs>=999999999999999999\" is not an Alpine version",
		"nodejs=20.1.0":              "warning: dependencies.runtime[0]: \"nodejs=20.1.0\" is met by no package",
		"libssl-dev": "warning: dependencies.runtime[0]: \"libssl-dev\" is a name from other distributions. For Alpine write " +
			"`openssl-dev`",
		"build-essential": "For Alpine write `build-base`",
		"zlib1g-dev>=1":   "For Alpine write `zlib-dev`",
		"apt-utils":       "Remove it",
	} {
		_, warnings, err := Parse("pakman.yml", []byte("name: a\ndependencies: {runtime: ['"+text+"']}\nbuild: {destinations: [x]}\n"))
		told := warnings.Error()
		if err != nil {
			told = err.Error()
		}
		if !strings.Contains(told, want) {
			t.Errorf("%q: got %s, want %s", text, told, want)
		}
	}
	_, warnings, err := Parse("pakman.yml", []byte("name: a\ndependencies: {runtime: ['!libssl-dev', libpq-dev, so:libpq.so.5, "+
		"'nodejs=20.1.0-r0', nodejs~20]}\nbuild: {destinations: [x]}\n"))
	if err != nil || len(warnings) > 0 {
		t.Errorf("%v %v", err, warnings)
	}
}

// TestForeignNames holds the table to its purpose: no name leads to another that is foreign as well.
func TestForeignNames(t *testing.T) {
	for name, ours := range foreignNames {
		if _, foreign := foreignNames[ours]; foreign || name == ours || ours != "" && !packageForm.MatchString(ours) {
			t.Errorf("%s leads to %s", name, ours)
		}
	}
}

// TestMergeKeys: they are no names of variables or hooks.
func TestMergeKeys(t *testing.T) {
	const text = "x-common: &c {A: a}\nname: a\nbuild: {destinations: [x], env: {<<: *c}}\nhook: {<<: *c}\nrun: {<<: *c}\n"
	_, _, err := Parse("pakman.yml", []byte(text))
	if err == nil || strings.Count(err.Error(), "YAML 1.2 has no merge keys") != 3 || strings.Contains(err.Error(), "x-common") {
		t.Errorf("got %v", err)
	}
}
