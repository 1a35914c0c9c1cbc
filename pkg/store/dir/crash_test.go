package dir_test

import (
	"context"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/storetest"
)

const before, after = "before", "a longer text, after"

// crasher replaces one object and makes another one, on one thread, whose system calls are counted.
func crasher(root string) error {
	runtime.LockOSThread()
	st, err := dir.New(root)
	if err != nil {
		return err
	}
	info, err := st.Stat(context.Background(), "a/old")
	if err == nil {
		_, err = storetest.Put(st, "a/old", after, store.PutOptions{IfMatch: info.ETag})
	}
	if err == nil {
		_, err = storetest.Put(st, "new/new", after, store.PutOptions{IfAbsent: true})
	}
	return err
}

// A writer that is killed at any of its system calls leaves whole objects and a free lock.
func TestKilledAnywhere(t *testing.T) {
	kills, states := 0, map[string]bool{}
	calls := []string{"mkdirat", "openat", "write", "fsync", "flock", "renameat", "unlinkat", "close"}
	for i, n := 0, 1; i < len(calls); n++ {
		root := t.TempDir()
		st := newStore(t, root)
		if _, err := storetest.Put(st, "a/old", before, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		killed := storetest.Killed(t, calls[i], n, "DIR_TEST_CRASHER="+root)
		var found []string
		for _, key := range storetest.Keys(t, st, "") {
			text, _ := storetest.Read(t, st, key)
			found = append(found, key+": "+text)
			if text != after && (text != before || key != "a/old") {
				t.Fatalf("killed at %s %d: %s holds %q", calls[i], n, key, text)
			}
		}
		states[strings.Join(found, "\n")] = true
		for _, key := range []string{"a/old", "new/new"} {
			if _, err := storetest.Put(st, key, "again", store.PutOptions{}); err != nil {
				t.Fatalf("killed at %s %d: the next writer: %v", calls[i], n, err)
			}
		}
		if killed {
			kills++
		} else {
			i, n = i+1, 0
		}
	}
	if kills < 20 || len(states) != 3 {
		t.Errorf("%d kills left %d different states: %v", kills, len(states), states)
	}
	t.Logf("killed at %d system calls", kills)
}

// An object is on disk before it has its name, and its name before the write counts.
func TestWrittenThrough(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Put(newStore(t, root), "a/old", before, store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	temp := regexp.MustCompile(`\.pakman-[A-Z0-9]+`)
	call := regexp.MustCompile(`^\d+ +(fsync|rename|mkdir)[a-z0-9]*\((.*)\) += 0$`)
	var got []string
	for _, line := range storetest.Traced(t, "fsync,renameat,renameat2,mkdirat", "DIR_TEST_CRASHER="+root) {
		if m := call.FindStringSubmatch(line); m != nil && strings.Contains(m[2], root) {
			names := regexp.MustCompile(regexp.QuoteMeta(root)+`[^">]*`).FindAllString(m[2], -1)
			for i, name := range names {
				names[i] = temp.ReplaceAllString("ROOT"+strings.TrimPrefix(name, root), "TEMP")
			}
			got = append(got, m[1]+" "+strings.Join(slices.Compact(names), " "))
		}
	}
	want := []string{
		"fsync ROOT/a/TEMP", "rename ROOT/a/TEMP ROOT/a/old", "fsync ROOT/a",
		"mkdir ROOT/new", "fsync ROOT", "fsync ROOT/new/TEMP", "rename ROOT/new/TEMP ROOT/new/new", "fsync ROOT/new",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("what reaches the disk, want -, got +:\n%s", diff)
	}
}
