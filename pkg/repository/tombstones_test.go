package repository_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/storetest"
)

const retiredKey = dirX86 + "retired.json"

// Whoever can write to the store but holds no key gets nothing deleted by a prune, whatever retired.json says.
func TestPruneTrustsNoForeignTombstone(t *testing.T) {
	st := newDir(t)
	versions(t, st, blogs(t))
	for _, key := range []string{dirX86 + "orphan-1-r0.apk", dirX86 + "notes.txt", dirX86 + ".apk", "v3.24/other/x86_64/other-1-r0.apk"} {
		if _, err := storetest.Put(st, key, "x", store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	publish(t, st, request(testKey(t), mustPack(t, "blog", "2.0-r0", "x86_64", "2", testKey(t))))
	const past = `{"left": "2001-01-01T00:00:00Z"}`
	guessed := `{"left": "2001-01-01T00:00:00Z", "codes": ["` + strings.Repeat("0", 64) + `", ""]}`
	for name, files := range map[string][]string{
		"the repository's own files": {"APKINDEX.tar.gz", "Packages.adb", "retired.json", "index.html", "notes.txt", ".apk"},
		"files elsewhere": {"../x", "../../../keys/acme-blog.rsa.pub", "../../other/x86_64/other-1-r0.apk", "/etc/passwd",
			"../aarch64/blog-1.0-r0.apk"},
		"listed packages":       {"blog-2.0-r0.apk", "blog-1.4-r0.apk"},
		"a package in no index": {"orphan-1-r0.apk"},
	} {
		for _, entry := range []string{past, guessed} {
			t.Run(name, func(t *testing.T) {
				var entries []string
				for _, file := range files {
					entries = append(entries, fmt.Sprintf("%q: %s", file, entry))
				}
				if _, err := storetest.Put(st, retiredKey, `{"packages": {`+strings.Join(entries, ",")+`}}`,
					store.PutOptions{}); err != nil {
					t.Fatal(err)
				}
				before := storetest.Keys(t, st, "")
				listed := mustCheck(t, st, "x86_64", testKey(t))
				r := pruning(t, 1000*time.Hour)
				r.Keep = 0
				if rep := prune(t, st, r); len(rep.Deleted)+len(rep.Retired) != 0 {
					t.Errorf("deleted: %+v", rep)
				}
				if diff := cmp.Diff(before, storetest.Keys(t, st, "")); diff != "" {
					t.Errorf("before -, after +:\n%s", diff)
				}
				if _, err := repository.Rebuild(t.Context(), st,
					repository.RebuildRequest{Selection: repository.Selection{Repository: "main", Arches: []string{"x86_64"}},
						Keys: []*apk.PrivateKey{testKey(t)}}); err != nil {
					t.Error(err)
				}
				if diff := cmp.Diff(listed, mustCheck(t, st, "x86_64", testKey(t))); diff != "" {
					t.Errorf("rebuilt without:\n%s", diff)
				}
			})
		}
	}
}

// A true entry cannot be moved to another time, file or directory, and not be made by another key.
func TestTombstoneCodes(t *testing.T) {
	for name, forge := range map[string]func(text string) string{
		"earlier":        func(text string) string { return strings.ReplaceAll(text, `"left": "20`, `"left": "19`) },
		"another file":   func(text string) string { return strings.ReplaceAll(text, "blog-1.0-r0", "orphan-1-r0") },
		"without a code": func(text string) string { return strings.ReplaceAll(text, "codes", "other") },
	} {
		t.Run(name, func(t *testing.T) {
			st := newDir(t)
			versions(t, st, blogs(t))
			if _, err := storetest.Put(st, dirX86+"orphan-1-r0.apk", "x", store.PutOptions{}); err != nil {
				t.Fatal(err)
			}
			prune(t, st, pruning(t, 0))
			overwrite(t, st, retiredKey, forge)
			r := pruning(t, 25*time.Hour)
			r.Arches = []string{"x86_64"}
			rep := prune(t, st, r)
			gone := fileNames(rep.Deleted)
			if strings.Contains(gone, "orphan") || name != "another file" && gone != "" {
				t.Errorf("deleted: %s", gone)
			}
			if len(rep.Notes) == 0 || !strings.Contains(rep.Notes[0], "--unreferenced") {
				t.Errorf("%q", rep.Notes)
			}
		})
	}
	st := newDir(t)
	versions(t, st, blogs(t))
	prune(t, st, pruning(t, 0))
	text, _ := storetest.Read(t, st, "v3.24/main/aarch64/retired.json")
	if _, err := storetest.Put(st, retiredKey, text, store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	r := pruning(t, 25*time.Hour)
	r.Arches = []string{"x86_64"}
	if rep := prune(t, st, r); len(rep.Deleted) != 0 {
		t.Errorf("another directory's entries: %+v", rep.Deleted)
	}
}

// Entries of an earlier version delete nothing by themselves; --unreferenced takes them over, after a grace of its own. What was
// recorded while two keys signed is deleted by either.
func TestTombstonesOfOthers(t *testing.T) {
	old, next := testKey(t), parseKey(t, "next.rsa", newKeyText())
	st := newDir(t)
	versions(t, st, blogs(t))
	both := pruning(t, 0)
	both.Keys = []*apk.PrivateKey{old, next}
	both.Arches = []string{"x86_64"}
	prune(t, st, both)
	both.Keys, both.Keep = []*apk.PrivateKey{next}, 0
	both.Now = func() time.Time { return time.Now().Add(25 * time.Hour) }
	if rep := prune(t, st, both); len(rep.Deleted) != 3 {
		t.Errorf("with the new key: %+v", rep)
	}

	st = newDir(t)
	versions(t, st, blogs(t))
	prune(t, st, pruning(t, 0))
	overwrite(t, st, retiredKey, func(text string) string { return strings.ReplaceAll(text, "codes", "other") })
	unreferenced := pruning(t, 25*time.Hour)
	unreferenced.Arches, unreferenced.Unreferenced = []string{"x86_64"}, true
	if rep := prune(t, st, unreferenced); len(rep.Deleted) != 0 || len(rep.Waiting) != 3 {
		t.Errorf("taken over: %+v", rep)
	}
	unreferenced.Now = func() time.Time { return time.Now().Add(51 * time.Hour) }
	want := []string{"x86_64/blog-1.0-r0.apk", "x86_64/blog-1.1-r0.apk", "x86_64/blog-1.2-r0.apk"}
	rep := prune(t, st, unreferenced)
	if got := strings.Fields(fileNames(rep.Deleted)); !slices.Equal(got, want) {
		t.Errorf("after a grace: %+v", rep)
	}
}
