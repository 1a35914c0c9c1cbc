package index

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
)

// maxMemory and maxTime are what the reading of the worst index may take, with the program itself.
const (
	maxMemory = 256 << 20
	maxTime   = time.Minute // a few seconds on an idle machine
)

// worst are indexes that take as much as they can, each within its bounds or beyond one.
var worst = map[string]struct {
	text func(w io.Writer)
	want string // error; empty: it is read
}{
	"three million packages": {func(w io.Writer) { repeat(w, 3_000_000, "P:a\nV:1\n\n") }, "more than the 200000 packages"},
	"most packages of most text": {func(w io.Writer) {
		repeat(w, maxEntries, "P:a\nV:1\nT:"+strings.Repeat("t", maxText/maxEntries-12)+"\n\n")
	}, ""},
	"large entries first": {func(w io.Writer) { // from which the number of all is estimated
		repeat(w, 300, "P:a\nV:1\nT:"+strings.Repeat("t", 100<<10)+"\n\n")
		repeat(w, maxEntries-300, "P:a\nV:1\n\n")
	}, ""},
	"most elements": {func(w io.Writer) {
		repeat(w, 20, "P:a\nV:1\nD:"+strings.Repeat("a ", maxElements/20-1)+"\n\n")
	}, ""},
	"most elements in short lists": {func(w io.Writer) {
		repeat(w, maxEntries-1, "P:a\nV:1\nD:"+strings.Repeat("a ", maxElements/maxEntries-1)+"\nT:"+strings.Repeat("t", 200)+"\n\n")
	}, ""},
	"too many elements": {func(w io.Writer) {
		repeat(w, 100, "P:a\nV:1\nD:"+strings.Repeat("a ", 100_000)+"\n\n")
	}, "more than the 2500000 dependencies"},
	"one list over and over": {func(w io.Writer) {
		_, _ = io.WriteString(w, "P:a\nV:1\n")
		repeat(w, 10_000_000, "D:a\n")
	}, "more than the 2500000 dependencies"},
	"elements as long as lines": {func(w io.Writer) {
		repeat(w, 7_000, "P:a\nV:1\nD:"+strings.Repeat("d", 8<<10)+"\n\n")
	}, ""},
	"lines across pieces": {func(w io.Writer) {
		repeat(w, 250, "P:a\nV:1\nT:"+strings.Repeat("t", maxLine-3)+"\n\n")
	}, ""},
	"no order": {func(w io.Writer) {
		for i := range maxEntries {
			fmt.Fprintf(w, "P:p%d\nV:%d.%d\n\n", i*7919%1000, i*31%997, i)
		}
	}, ""},
	"no line":       {func(w io.Writer) { repeat(w, 50<<20, "x") }, "longer than the 256 KiB"},
	"too much text": {func(w io.Writer) { repeat(w, 1_000, strings.Repeat("x", 100<<10)+"\n") }, "at most 64 MiB are allowed"},
}

func repeat(w io.Writer, n int, text string) {
	const block = 1 << 10
	some := strings.Repeat(text, min(n, block))
	for ; n >= block; n -= block {
		_, _ = io.WriteString(w, some)
	}
	_, _ = io.WriteString(w, some[:n*len(text)])
}

// TestWorstMemory reads each in a process of its own, whose greatest memory the system tells.
func TestWorstMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip(err)
	}
	race := raceDetector()
	for name, c := range worst {
		t.Run(name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "APKINDEX.tar.gz")
			must(t, os.WriteFile(file, zipped(t, c.text), 0o600))
			cmd := exec.Command(os.Args[0], "-test.run", "^TestReadAlone$", "-test.v")
			cmd.Env = append(os.Environ(), "PAKMAN_TEST_INDEX="+file, "GOGC=100", "GOMEMLIMIT=off")
			start := time.Now()
			out, err := cmd.CombinedOutput()
			must(t, err)
			got, memory := "", 0
			for line := range strings.Lines(string(out)) {
				if text, ok := strings.CutPrefix(line, "read: "); ok {
					got = strings.TrimSpace(text)
				}
				_, _ = fmt.Sscanf(line, "VmHWM: %d kB", &memory)
			}
			memory <<= 10
			if memory == 0 {
				t.Fatalf("no VmHWM in %s", out)
			}
			if c.want == "" && got != "ok" || !strings.Contains(got, c.want) {
				t.Errorf("%q, want %q", got, c.want)
			}
			t.Logf("%d MiB, %v", memory>>20, time.Since(start))
			if memory > maxMemory && !race || time.Since(start) > maxTime {
				t.Errorf("%d MiB and %v, at most %d MiB and %v are allowed", memory>>20, time.Since(start), maxMemory>>20, maxTime)
			}
		})
	}
}

// TestReadAlone is what the test above starts.
func TestReadAlone(t *testing.T) {
	file := os.Getenv("PAKMAN_TEST_INDEX")
	if file == "" {
		t.Skip("the test of the memory starts it")
	}
	f, err := os.Open(file)
	must(t, err)
	defer func() { _ = f.Close() }()
	_, err = Read(f)
	status, statusErr := os.ReadFile("/proc/self/status")
	must(t, statusErr)
	if err == nil {
		err = errors.New("ok")
	}
	fmt.Printf("read: %v\n%s", err, status)
}

func raceDetector() bool {
	info, _ := debug.ReadBuildInfo()
	return info != nil && slices.ContainsFunc(info.Settings, func(s debug.BuildSetting) bool {
		return s.Key == "-race" && s.Value == "true"
	})
}

// zipped returns an unsigned index whose APKINDEX is that text.
func zipped(t *testing.T, text func(io.Writer)) []byte {
	t.Helper()
	var length counter
	text(&length)
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	must(t, err)
	w := tar.NewWriter(z)
	must(t, w.WriteHeader(&tar.Header{Name: indexFile, Mode: 0o644, Size: int64(length)}))
	text(w)
	must(t, errors.Join(w.Close(), z.Close()))
	return b.Bytes()
}

// An index that could not be read again is not written.
func TestWriteBounds(t *testing.T) {
	entry := func(change func(*Entry)) Entry {
		e := Entry{Info: apk.Info{Name: "a", Version: "1-r0", Arch: "x86_64"}}
		change(&e)
		return e
	}
	for name, c := range map[string]struct {
		x    Index
		want string
	}{
		"packages": {Index{Entries: slices.Repeat([]Entry{entry(func(*Entry) {})}, maxEntries+1)},
			"more than the 200000 packages that are allowed: 200001; remove old versions"},
		"elements": {Index{Entries: slices.Repeat([]Entry{entry(func(e *Entry) {
			e.Depends = slices.Repeat([]string{"a"}, 100_000)
		})}, 26)}, "more than the 2500000 dependencies"},
		"line": {Index{Entries: []Entry{entry(func(e *Entry) {
			e.Provides = slices.Repeat([]string{"a"}, maxLine)
		})}}, `package "a", version "1-r0": a line of its index entry has`},
		"text": {Index{Entries: slices.Repeat([]Entry{entry(func(e *Entry) { e.Description = strings.Repeat("t", maxLine-100) })}, 300)},
			"at most 64 MiB are allowed"},
		"description": {Index{Description: strings.Repeat("d", maxDescription+1)}, "at most 64 KiB are allowed"},
	} {
		t.Run(name, func(t *testing.T) {
			if err := c.x.Write(io.Discard, keyA()); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q", err, c.want)
			}
		})
	}
}
