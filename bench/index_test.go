package bench

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
)

const arch = "x86_64"

var place = repository.Location{Branch: "v3.24", Repository: "main"}

// BenchmarkIndex runs pakman publish, from one package to both signed indexes of so many, without and with the page for
// people. x-apk-index is its time, x-cpu its processor time, in ratio to apk index with the old index at hand, which writes
// APKINDEX alone and does not sign it. The packages are there for apk index only: publishing reads none.
func BenchmarkIndex(b *testing.B) {
	for _, n := range []int{20_000, 100_000} {
		for _, page := range []bool{false, true} {
			b.Run(fmt.Sprintf("%d/page=%t", n, page), func(b *testing.B) { benchmarkIndex(b, n, page) })
		}
	}
}

func benchmarkIndex(b *testing.B, n int, page bool) {
	pakman, work := program(b), b.TempDir()
	key, x := newKey(b, work), newIndex(n)
	peer := peerOf(b, work, n, x)
	store := writeIndexes(b, work, x, key)
	var ours, theirs, ourCPU, theirCPU time.Duration
	var memory int64
	for round := 0; b.Loop(); round++ {
		file := newPackage(b, work, info(n+round), key)
		start := time.Now()
		peak, cpu := publishMeasured(b, pakman, work, file, key, fmt.Sprintf("--no-page=%t", !page))
		ours, ourCPU = ours+time.Since(start), ourCPU+cpu
		memory = max(memory, peak)
		if peer != nil {
			start = time.Now()
			theirCPU += peer(b)
			theirs += time.Since(start)
		}
	}
	b.ReportMetric(ours.Seconds()/float64(b.N), "publish-s")
	b.ReportMetric(float64(memory)/(1<<20), "peak-MiB")
	b.ReportMetric(float64(size(b, store)), "indexes-bytes")
	if peer != nil {
		b.ReportMetric(theirs.Seconds()/float64(b.N), "apk-index-s")
		b.ReportMetric(ours.Seconds()/theirs.Seconds(), "x-apk-index")
		b.ReportMetric(ourCPU.Seconds()/theirCPU.Seconds(), "x-cpu")
	}
}

// newKey makes a key and writes it to the directory.
func newKey(b *testing.B, dir string) *apk.PrivateKey {
	b.Helper()
	key, err := apk.GenerateKey("bench.rsa")
	must(b, err)
	must(b, os.WriteFile(filepath.Join(dir, key.Name), key.PEM(), 0o600))
	return key
}

// newIndex returns the index of n packages.
func newIndex(n int) *index.Index {
	x := &index.Index{Description: "bench"}
	for i := range n {
		x.Entries = append(x.Entries, index.Entry{Info: info(i), Checksum: fmt.Sprintf("Q1%027x=", i*i+1), FileSize: int64(10_000 + i)})
	}
	return x
}

// info is the metadata of package i, of about the length that Alpine's have.
func info(i int) apk.Info {
	name := fmt.Sprintf("package-%06d", i)
	return apk.Info{
		Name: name, Version: fmt.Sprintf("1.%d.%d-r%d", i%17, i%5, i%3), Description: fmt.Sprintf("Number %d of many packages", i),
		URL: "https://example.org/" + name, BuildDate: 1_700_000_000 + int64(i)*977, Size: int64(i) * 1013, Arch: arch, Origin: name,
		Commit: fmt.Sprintf("%040x", i*7919), License: "MIT", Maintainer: "Somebody <somebody@example.org>",
		Depends:  []string{"so:libc.musl-x86_64.so.1", fmt.Sprintf("package-%06d", i/2)},
		Provides: []string{fmt.Sprintf("cmd:%s=1.%d.%d-r%d", name, i%17, i%5, i%3)},
	}
}

func newPackage(b *testing.B, dir string, i apk.Info, keys ...*apk.PrivateKey) string {
	b.Helper()
	file := filepath.Join(dir, i.Filename())
	_, err := apk.Create(context.Background(), file, i, nil, apk.Tree{Root: b.TempDir()})
	if err == nil && len(keys) > 0 {
		err = apk.SignFile(context.Background(), file, file, keys...)
	}
	must(b, err)
	return file
}

// peerOf makes the packages of x, and returns what makes apk index them with the old index at hand; nil where there is
// no apk, or where the packages would be too many.
func peerOf(b *testing.B, work string, n int, x *index.Index) func(*testing.B) time.Duration {
	b.Helper()
	program, err := exec.LookPath("apk")
	if err != nil || n > 20_000 {
		return nil
	}
	packages := filepath.Join(work, "packages")
	must(b, os.Mkdir(packages, 0o755))
	empty := b.TempDir()
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range x.Entries {
		group.Go(func() error {
			e := &x.Entries[i]
			file := filepath.Join(packages, e.Filename())
			if _, err := apk.Create(context.Background(), file, e.Info, nil, apk.Tree{Root: empty}); err != nil {
				return err
			}
			p, err := apk.ReadFile(file)
			if err == nil {
				*e = index.EntryOf(p, arch)
			}
			return err
		})
	}
	must(b, group.Wait())
	argv := []string{program, "index", "--allow-untrusted", "--no-warnings", "-d", "bench", "--rewrite-arch", arch, "-o",
		"../APKINDEX.tar.gz"}
	old := []string{"-x", "../APKINDEX.tar.gz"}
	var files []string
	for _, e := range x.Entries {
		files = append(files, e.Filename())
	}
	run := func(b *testing.B, args ...[]string) time.Duration {
		cmd := exec.Command(program)
		cmd.Dir, cmd.Args = packages, slices.Concat(args...)
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("apk index: %v\n%s", err, out)
		}
		return cpuOf(cmd)
	}
	run(b, argv, files)
	return func(b *testing.B) time.Duration { return run(b, argv, old, files) }
}

func cpuOf(cmd *exec.Cmd) time.Duration {
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
}

// writeIndexes writes both indexes to the store in work, and returns their directory.
func writeIndexes(b *testing.B, work string, x *index.Index, key *apk.PrivateKey) string {
	b.Helper()
	dir := filepath.Join(work, "store", place.Branch, place.Repository, arch)
	must(b, os.MkdirAll(dir, 0o755))
	var text, packages bytes.Buffer
	must(b, x.Write(&text, key))
	block, err := x.ADB(arch)
	must(b, err)
	must(b, adb.Write(&packages, adb.Index, block, key))
	must(b, os.WriteFile(filepath.Join(dir, "APKINDEX.tar.gz"), text.Bytes(), 0o644))
	must(b, os.WriteFile(filepath.Join(dir, "Packages.adb"), packages.Bytes(), 0o644))
	return dir
}

// size is that of both indexes.
func size(b *testing.B, dir string) (n int64) {
	b.Helper()
	for _, name := range []string{"APKINDEX.tar.gz", "Packages.adb"} {
		i, err := os.Stat(filepath.Join(dir, name))
		must(b, err)
		n += i.Size()
	}
	return n
}

// program builds pakman.
func program(b *testing.B) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "pakman")
	cmd := exec.Command("go", "build", "-o", path, ".")
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("go build: %v\n%s", err, out)
	}
	return path
}

// publishMeasured publishes a package to the store in work, and returns what runMeasured does.
func publishMeasured(b *testing.B, pakman, work, file string, key *apk.PrivateKey, flags ...string) (peak int64, cpu time.Duration) {
	b.Helper()
	argv := []string{pakman, "publish", file, "--bucket", filepath.Join(work, "store"), "--signing-key",
		filepath.Join(work, key.Name), "--alpine", "3.24"}
	return runMeasured(b, append(argv, flags...)...)
}

// runMeasured runs a program and returns the most memory that it had at once, as the system counts it, and its processor time.
func runMeasured(b *testing.B, argv ...string) (peak int64, cpu time.Duration) {
	b.Helper()
	cmd := exec.Command(argv[0], argv[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	must(b, cmd.Start())
	ended := make(chan error)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case err := <-ended:
			if err != nil {
				b.Fatalf("%s: %v\n%s", cmd, err, &out)
			}
			return peak, cpuOf(cmd)
		case <-time.After(5 * time.Millisecond):
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid)) // Linux
			if kib, ok := peakOf(string(status)); err == nil && ok {
				peak = kib << 10
			}
		}
	}
}
