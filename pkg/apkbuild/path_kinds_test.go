package apkbuild

import (
	"archive/tar"
	"os/exec"
	"strings"
	"testing"
)

// TestPathKindScripts has names that a shell would read otherwise, and checks the scripts as a linter does.
func TestPathKindScripts(t *testing.T) {
	k := &PathKinds{Name: "demo"}
	for _, h := range []tar.Header{
		{Name: "var/", Typeflag: tar.TypeDir},
		{Name: "var/a-b/", Typeflag: tar.TypeDir},
		{Name: "var/a/", Typeflag: tar.TypeDir},
		{Name: "var/a/it's $(touch x)", Typeflag: tar.TypeReg},
		{Name: "var/a/`x`/", Typeflag: tar.TypeDir},
		{Name: "var/a/*", Typeflag: tar.TypeSymlink, Linkname: "it's"},
	} {
		k.Add(&h)
	}
	scripts, err := k.Scripts()
	if err != nil {
		t.Fatal(err)
	}
	want := "\t_in var\n\t_in var/a 'it'\\''s $(touch x)\n*'\n\t_in 'var/a/`x`'\n\t_in var/a-b\n"
	if text := string(scripts[".pre-upgrade"]); !strings.Contains(text, want) {
		t.Errorf("no %q in\n%s", want, text)
	}
	tool, err := exec.LookPath("shellcheck")
	if err != nil {
		t.Skip("shellcheck is not installed")
	}
	for name, body := range scripts {
		cmd := exec.Command(tool, "--shell=dash", "--exclude=SC2015,SC2016,SC2317,SC3043", "-")
		cmd.Stdin = strings.NewReader("#!/bin/sh\n" + string(body))
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}
