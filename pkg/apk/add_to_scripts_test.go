package apk_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
)

// TestAddToScripts changes one script and makes another; all else of the package stays.
func TestAddToScripts(t *testing.T) {
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), []byte("content"), 0o644); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "demo.apk")
	info := apk.Info{Name: "demo", Version: "1.0-r0", Arch: "x86_64", License: "MIT", URL: "https://example.com", Description: "x", Packager: "x"}
	scripts := []apk.Script{{Name: ".post-upgrade", Body: []byte("#!/bin/sh\necho mine\n")}}
	if _, err := apk.Create(t.Context(), file, info, scripts, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	before, err := apk.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	add := map[string][]byte{".post-upgrade": []byte("echo ours\n"), ".pre-install": []byte("echo before\n")}
	if err := apk.AddToScripts(t.Context(), file, add); err != nil {
		t.Fatal(err)
	}
	after, err := apk.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before.Info.Depends = []string{"/bin/sh"}
	if diff := cmp.Diff(before.Info, after.Info); diff != "" {
		t.Error(diff)
	}
	want := []apk.Script{
		{Name: ".pre-install", Body: []byte("#!/bin/sh\necho before\n")},
		{Name: ".post-upgrade", Body: []byte("#!/bin/sh\necho ours\necho mine\n")},
	}
	if diff := cmp.Diff(want, after.Scripts); diff != "" {
		t.Error(diff)
	}
	if err := apk.AddToScripts(t.Context(), file, add); err != nil {
		t.Fatal(err)
	}
	if again, err := apk.ReadFile(file); err != nil || len(again.Info.Depends) != 1 {
		t.Errorf("%v depends twice: %v", again, err)
	}
	bad := map[string][]byte{".post-upgrade": nil}
	scripts[0].Body = []byte("#!/usr/bin/python3\n")
	if _, err := apk.Create(t.Context(), file, info, scripts, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	if err := apk.AddToScripts(t.Context(), file, bad); err == nil {
		t.Error("a script of another language was changed")
	}
}
