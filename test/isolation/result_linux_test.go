package isolation

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// result is what one start gave.
type result struct {
	got       map[int]bool // routes that were open, by number
	line      string       // what the program said stays open
	survivors int
	changed   []string // files that were written
	seen      bool     // by another local user
}

// check compares what the build could do with what the program said.
func (r result) check(t *testing.T, all []route) {
	t.Helper()
	if len(r.got) != len(all) {
		t.Fatalf("%d of %d routes were tried", len(r.got), len(all))
	}
	for i, route := range all {
		if r.got[i] && !told(r.line, route.gap) {
			t.Errorf("open, and not said: %s", route.name)
		}
	}
	for _, gap := range []string{gapFiles, gapProcesses, gapTerminals, gapAttributes, gapRecipe, gapSignals, gapNames, gapCommands,
		gapShared, gapPublic, gapSockets, gapAbstract, gapQueues} {
		open := false
		for i, route := range all {
			open = open || r.got[i] && told(gap, route.gap)
		}
		if strings.Contains(r.line, gap) && !open {
			t.Errorf("said to be open, and no route finds it so: %s", gap)
		}
	}
	if r.survivors > 0 {
		t.Errorf("%d processes survive", r.survivors)
	}
	if r.seen {
		t.Error("another local user reads the private sources")
	}
	if len(r.changed) > 0 && !strings.Contains(r.line, gapFiles) {
		t.Errorf("changed: %v", r.changed)
	}
}

// told reports whether the line names one of the gaps.
func told(line, gaps string) bool {
	return gaps != "" && slices.ContainsFunc(strings.Split(gaps, "|"), func(gap string) bool { return strings.Contains(line, gap) })
}

// table is the matrix of routes and starts.
func table(all []route, columns []string, results []result) string {
	var b strings.Builder
	fmt.Fprintln(&b, strings.Join(columns, "\n"))
	fmt.Fprintf(&b, "%-45s", "")
	for i := range results {
		fmt.Fprintf(&b, "%4d", i+1)
	}
	b.WriteString("\n")
	for i, route := range all {
		fmt.Fprintf(&b, "%-45s", route.name)
		for _, r := range results {
			mark := "-"
			if r.got[i] {
				mark = "open"
			}
			fmt.Fprintf(&b, "%5s", mark)
		}
		b.WriteString("\n")
	}
	for i, r := range results {
		fmt.Fprintf(&b, "%d: %s; written %v, survivors %d; said: %s\n", i+1, starts[i].Name, r.changed, r.survivors, r.line)
	}
	return b.String()
}

// changes are the files that hold what the build wrote, or no longer what they held.
func (m machine) changes() (changed []string) {
	for _, name := range []string{"home/.profile", "home/.local/bin/git", "workspace/app/pakman.yml", "runner/env", "runner/path",
		"cache/builds/x/kept.apk", "packages/old.apk", "bucket/old.apk"} {
		text, err := os.ReadFile(filepath.Join(m.dir, name))
		if err != nil || strings.Contains(string(text), "evil") && name != "workspace/app/pakman.yml" ||
			strings.HasSuffix(string(text), "evil\n") {
			changed = append(changed, name)
		}
	}
	return changed
}
