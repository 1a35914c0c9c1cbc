package repository_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/storetest"
)

const adbKey = "v3.24/main/x86_64/Packages.adb"

// packReplacing makes a noarch package that replaces another.
func packReplacing(t *testing.T, name string, key *apk.PrivateKey) string {
	t.Helper()
	root := t.TempDir()
	if err := os.WriteFile(filepath.Join(root, "file"), []byte(name), 0o644); err != nil {
		t.Fatal(err)
	}
	info := apk.Info{Name: name, Version: "1-r0", Arch: "noarch", Replaces: []string{"other<2"}, Description: "test", License: "MIT"}
	path := filepath.Join(t.TempDir(), info.Filename())
	_, err := apk.Create(context.Background(), path, info, nil, apk.Tree{Root: root})
	if err == nil {
		err = apk.SignFile(context.Background(), path, path, key)
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// What only a package tells stays in Packages.adb when others are published, though that reads no package.
func TestADBKeepsWhatTheIndexLacks(t *testing.T) {
	key, next := testKey(t), parseKey(t, "acme-next.rsa", newKeyText())
	st := newDir(t)
	publish(t, st, request(key, packReplacing(t, "first", key)))
	publish(t, st, request(key, mustPack(t, "second", "1-r0", "x86_64", "2", key)))
	both := request(key, mustPack(t, "third", "1-r0", "x86_64", "3", key))
	both.Keys = append(both.Keys, next)
	publish(t, st, both)
	mustCheck(t, st, "x86_64", next)
	f, err := readADB(context.Background(), st, "x86_64", key)
	if err != nil {
		t.Fatal(err)
	}
	packages := f.Block.Slots(f.Block.Slots(f.Block.Root()).At(2))
	first := f.Block.Slots(packages.At(1))
	replaces := f.Block.Slots(first.At(17))
	if arch := string(f.Block.Blob(first.At(5))); packages.Len() != 3 || arch != "noarch" || replaces.Len() != 1 {
		t.Errorf("%d packages, the first for %s, replacing %d", packages.Len(), arch, replaces.Len())
	}
}

// A Packages.adb that is not ours may hold more than we know of: it is not written over.
func TestADBThatIsThere(t *testing.T) {
	key, other := testKey(t), parseKey(t, "other.rsa", newKeyText())
	var foreign bytes.Buffer
	b := adb.NewBuilder(0, 0)
	block, err := b.Block(b.Object(b.Blob("theirs")))
	if err != nil {
		t.Fatal(err)
	}
	if err := adb.Write(&foreign, adb.Index, block, other); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text           string
		adopt, without bool
		want, note     string
	}{
		"other key":        {foreign.String(), false, false, "not signed by any of our keys", ""},
		"other key, taken": {foreign.String(), true, false, "", ""},
		"damaged":          {"<html>", true, false, "not the beginning of an apk 3 file", ""},
		"left alone":       {"<html>", false, true, "", "is not updated any more"},
	} {
		st := newDir(t)
		if _, err := storetest.Put(st, adbKey, c.text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		r := request(key, mustPack(t, "a", "1-r0", "x86_64", "a", key))
		r.Adopt, r.WithoutADB = c.adopt, c.without
		rep, err := repository.Publish(context.Background(), st, r)
		if c.want != "" {
			var invalid *repository.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) || len(storetest.Keys(t, st, "")) != 1 {
				t.Errorf("%s: error %v, want %q and nothing written", name, err, c.want)
			}
			continue
		}
		if err != nil || !strings.Contains(strings.Join(rep.Notes, "\n"), c.note) {
			t.Errorf("%s: error %v, report %+v", name, err, rep)
		}
		if c.without {
			if text := contents(t, st)[adbKey]; text != c.text {
				t.Errorf("%s: it was changed", name)
			}
			continue
		}
		mustCheck(t, st, "x86_64", key)
	}
	st := newDir(t)
	r := request(key, mustPack(t, "a", "1-r0", "x86_64", "a", key))
	r.WithoutADB = true
	if rep := publish(t, st, r); len(rep.Notes) != 0 || len(storetest.Keys(t, st, "v3.24/")) != 2 {
		t.Errorf("without: %+v, %q", rep, storetest.Keys(t, st, ""))
	}
}
