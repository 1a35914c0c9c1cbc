package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/usererror"
)

// publishOptions publish the paths to a directory, signed by sharedKey.
func publishOptions(t *testing.T, bucket string, paths ...string) pipeline.PublishOptions {
	t.Helper()
	return pipeline.PublishOptions{
		Paths: paths, Alpine: "3.24", Bucket: pipeline.Bucket{URL: bucket},
		Key: signing.Key{PEM: secret.New(string(sharedKey(t).PEM())), Names: []string{"acme-blog"}},
	}
}

// packDescribed makes dir/name-version.apk whose content depends on the description.
func packDescribed(t *testing.T, dir, name, version, arch, description string) string {
	t.Helper()
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, name+"-"+version+".apk")
	info := apk.Info{Name: name, Version: version, Arch: arch, Description: description, License: "MIT", BuildDate: 1}
	if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: t.TempDir()}); err != nil {
		t.Fatal(err)
	}
	return file
}

// files returns the files below dir that are not hidden, as paths relative to it.
func files(t *testing.T, dir string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") {
			rel, _ := filepath.Rel(dir, path)
			found = append(found, rel)
		}
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	slices.Sort(found)
	return found
}

// indexed returns NAME-VERSION of what an index lists, which the key has signed.
func indexed(t *testing.T, file string) []string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	x, err := index.Read(f, sharedKey(t).Public())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range x.Entries {
		names = append(names, e.Name+"-"+e.Version)
	}
	return names
}

// Files that lie in no repository go where the options say; those of a local repository keep their place; a noarch
// package that lies there for each architecture is published once for each.
func TestPublish(t *testing.T) {
	root, bucket := t.TempDir(), filepath.Join(t.TempDir(), "bucket")
	loose := packDescribed(t, filepath.Join(root, "loose"), "tool", "2.0-r0", "x86_64", "tool")
	local := filepath.Join(root, "packages")
	for _, arch := range []string{"x86_64", "aarch64"} {
		dir := filepath.Join(local, "edge/testing", arch)
		packDescribed(t, dir, "blog", "1.0-r0", arch, "blog")
		packDescribed(t, dir, "blog-openrc", "1.0-r0", "noarch", "services")
	}
	o := publishOptions(t, bucket, loose, local)
	o.Repository = "tools"
	var during []string
	o.Then = func(_ context.Context, rep *report.Report) error {
		for _, p := range rep.Packages {
			pkg, err := apk.ReadFile(p.File)
			if err != nil {
				return err
			}
			during = append(during, p.Arch+" "+pkg.Info.Name)
			if err := pkg.Verify(sharedKey(t).Public()); err != nil {
				return err
			}
		}
		return nil
	}
	out := &silent{}
	rep, err := pipeline.Publish(t.Context(), o, out)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"edge/testing/aarch64/APKINDEX.tar.gz", "edge/testing/aarch64/blog-1.0-r0.apk", "edge/testing/aarch64/blog-openrc-1.0-r0.apk",
		"edge/testing/index.html",
		"edge/testing/x86_64/APKINDEX.tar.gz", "edge/testing/x86_64/blog-1.0-r0.apk", "edge/testing/x86_64/blog-openrc-1.0-r0.apk",
		"keys/acme-blog.rsa.pub",
		"v3.24/tools/index.html", "v3.24/tools/x86_64/APKINDEX.tar.gz", "v3.24/tools/x86_64/tool-2.0-r0.apk",
	}
	got := slices.DeleteFunc(files(t, bucket), func(f string) bool { return filepath.Base(f) == "Packages.adb" })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := indexed(t, filepath.Join(bucket, "edge/testing/aarch64/APKINDEX.tar.gz")); !slices.Equal(got,
		[]string{"blog-1.0-r0", "blog-openrc-1.0-r0"}) {
		t.Errorf("%v", got)
	}
	if diff := cmp.Diff([]string{"x86_64 tool", "aarch64 blog", "aarch64 blog-openrc", "x86_64 blog", "x86_64 blog-openrc"},
		during); diff != "" {
		t.Errorf("what Then sees: %s", diff)
	}
	for _, p := range rep.Packages {
		if p.File != "" {
			t.Errorf("the report names %s, which is removed", p.File)
		}
	}
	if rep.Arch != "x86_64 aarch64" || !rep.Changed || !strings.HasSuffix(rep.RepositoryURL, "v3.24/tools") || len(rep.IndexURLs) != 3 {
		t.Errorf("%+v", rep)
	}
	if rep, err = pipeline.Publish(t.Context(), o, out); err != nil || rep.Changed || !rep.Packages[0].Unchanged {
		t.Errorf("once more: %+v, %v", rep, err)
	}
}

// Noarch packages go to the architectures that are asked for, else to all that a recipe would have.
func TestPublishNoarch(t *testing.T) {
	file := packDescribed(t, t.TempDir(), "docs", "1.0-r0", "noarch", "docs")
	for want, arches := range map[string][]string{"armv7 riscv64": {"riscv64", "armv7"}, "aarch64 x86_64": nil} {
		bucket := t.TempDir()
		o := publishOptions(t, bucket, file)
		o.Arches, o.Bucket.WithoutPage, o.Bucket.Index.WithoutADB = arches, true, true
		if _, err := pipeline.Publish(t.Context(), o, &silent{}); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, f := range files(t, bucket) {
			if filepath.Ext(f) == ".apk" {
				got = append(got, filepath.Base(filepath.Dir(f)))
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%v: published for %v", arches, got)
		}
	}
}

// Different content under one file name is refused before anything is written, whatever directories hold it; both files
// are named.
func TestPublishConflicts(t *testing.T) {
	root := t.TempDir()
	a := packDescribed(t, filepath.Join(root, "a"), "blog", "1.0-r0", "x86_64", "one")
	b := packDescribed(t, filepath.Join(root, "b"), "blog", "1.0-r0", "x86_64", "another")
	same := packDescribed(t, filepath.Join(root, "same"), "blog", "1.0-r0", "x86_64", "one")
	noarch := packDescribed(t, filepath.Join(root, "noarch"), "blog", "1.0-r0", "noarch", "one")
	arm := packDescribed(t, filepath.Join(root, "arm"), "blog", "1.0-r0", "aarch64", "one")
	twin := filepath.Join(root, "packages/v3.24/main")
	twins := [2]string{
		packDescribed(t, filepath.Join(twin, "x86_64"), "docs", "1.0-r0", "noarch", "one"),
		packDescribed(t, filepath.Join(twin, "aarch64"), "docs", "1.0-r0", "noarch", "another"),
	}
	for name, c := range map[string]struct {
		paths []string
		named []string // in the error; nil: it is published
	}{
		"two directories":              {[]string{filepath.Dir(a), filepath.Dir(b)}, []string{a, b}},
		"two files":                    {[]string{b, a}, []string{a, b}},
		"a package and a noarch one":   {[]string{a, noarch}, []string{a, noarch}},
		"a noarch one and a package":   {[]string{noarch, arm}, []string{noarch, arm}},
		"noarch twins of a repository": {[]string{filepath.Dir(filepath.Dir(twin))}, twins[:]},
		"the same content":             {[]string{a, same}, nil},
		"one file twice":               {[]string{a, filepath.Dir(a)}, nil},
		"two architectures":            {[]string{a, arm}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			bucket := filepath.Join(t.TempDir(), "bucket")
			if err := os.Mkdir(bucket, 0o755); err != nil {
				t.Fatal(err)
			}
			_, err := pipeline.Publish(t.Context(), publishOptions(t, bucket, c.paths...), &silent{})
			if c.named == nil {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !errors.As(err, new(*usererror.InputError)) ||
				!strings.Contains(err.Error(), "with different content: name only one of them") {
				t.Fatalf("%v", err)
			}
			for _, file := range c.named {
				if !strings.Contains(err.Error(), file) {
					t.Errorf("%v does not name %s", err, file)
				}
			}
			if left := files(t, bucket); len(left) > 0 {
				t.Errorf("it wrote %v", left)
			}
		})
	}
}

// What the user can fix is an input error that says how, and nothing is written.
func TestPublishRefused(t *testing.T) {
	dir := t.TempDir()
	good := packDescribed(t, dir, "blog", "1.0-r0", "x86_64", "blog")
	damaged := filepath.Join(dir, "damaged.bin")
	text, err := os.ReadFile(good)
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)-20] ^= 1
	if err := os.WriteFile(damaged, text, 0o644); err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*pipeline.PublishOptions){
		"no bucket is given":     func(o *pipeline.PublishOptions) { o.Bucket.URL = "" },
		"no .apk file in":        func(o *pipeline.PublishOptions) { o.Paths = []string{t.TempDir()} },
		"no such file":           func(o *pipeline.PublishOptions) { o.Paths = []string{filepath.Join(dir, "absent")} },
		damaged + ": ":           func(o *pipeline.PublishOptions) { o.Paths = []string{damaged} },
		"3.24x":                  func(o *pipeline.PublishOptions) { o.Alpine = "3.24x" },
		"bucket ftp://x":         func(o *pipeline.PublishOptions) { o.Bucket.URL = "ftp://x" },
		"--keep and --keep-days": func(o *pipeline.PublishOptions) { o.Bucket.Retention.Keep = -1 },
		"signing key: open": func(o *pipeline.PublishOptions) {
			o.Key = signing.Key{Files: []string{filepath.Join(dir, "none.rsa")}}
		},
		"1 signing keys are given and": func(o *pipeline.PublishOptions) { o.Key.Names = []string{"a", "b"} },
	} {
		bucket := t.TempDir()
		o := publishOptions(t, bucket, good)
		change(&o)
		_, err := pipeline.Publish(t.Context(), o, &silent{})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
		if left := files(t, bucket); len(left) > 0 {
			t.Errorf("%s: it wrote %v", want, left)
		}
	}
}

// A package is read to check it and to send it, and no more, wherever it is sent. Where it is signed again, the copy is read
// once. The bytes are counted that the process reads.
func TestPublishReadsTwice(t *testing.T) {
	if _, err := os.Stat("/proc/self/io"); err != nil {
		t.Skip("the kernel does not count the bytes that a process reads")
	}
	const size = 24 << 20
	root := t.TempDir()
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	if err := os.WriteFile(filepath.Join(root, "noise"), content, 0o644); err != nil {
		t.Fatal(err)
	}
	signed, unsigned := filepath.Join(t.TempDir(), "noise-1.0-r0.apk"), filepath.Join(t.TempDir(), "noise-1.0-r0.apk")
	info := apk.Info{Name: "noise", Version: "1.0-r0", Arch: "x86_64", Description: "noise", License: "MIT", BuildDate: 1}
	if _, err := apk.Create(t.Context(), unsigned, info, nil, apk.Tree{Root: root}); err != nil {
		t.Fatal(err)
	}
	if err := apk.SignFile(t.Context(), signed, unsigned, sharedKey(t)); err != nil {
		t.Fatal(err)
	}
	publish := func(t *testing.T, bucket pipeline.Bucket, file string, atMost float64) {
		t.Helper()
		o := publishOptions(t, "", file)
		o.Bucket = bucket
		before := bytesRead(t)
		if _, err := pipeline.Publish(t.Context(), o, &silent{}); err != nil {
			t.Fatal(err)
		}
		if read := float64(bytesRead(t)-before) / size; read < 1 || read > atMost+0.2 {
			t.Errorf("%.2f times the package are read; %.0f are allowed", read, atMost)
		}
	}
	for name, file := range map[string]string{"signed": signed, "unsigned": unsigned} {
		more := 0.0
		if file == unsigned {
			more = 1 // to sign it
		}
		t.Run(name+" to a directory", func(t *testing.T) {
			bucket := pipeline.Bucket{URL: t.TempDir()}
			publish(t, bucket, file, 2+more)
			publish(t, bucket, file, 2+more) // the published one is read instead of sending it
		})
		t.Run(name+" to S3", func(t *testing.T) {
			server := s3test.Start(t)
			bucket := pipeline.Bucket{URL: "s3://" + server.Bucket(t, ""), Config: open.Config{
				Endpoint: server.Endpoint, Region: "us-east-1", CAFile: server.CAFile,
				AccessKeyID: server.AccessKey, SecretAccessKey: secret.New(server.SecretKey),
			}}
			publish(t, bucket, file, 2+more)
			publish(t, bucket, file, 1+more) // its ETag shows that it is there
		})
	}
}

func bytesRead(t *testing.T) int64 {
	t.Helper()
	f, err := os.Open("/proc/self/io")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	var n int64
	if _, err := fmt.Sscanf(string(text), "rchar: %d", &n); err != nil {
		t.Fatal(err)
	}
	return n
}

// A bucket with a retention loses older versions when a new one is published, and says so; what was just published stays.
func TestPublishPrunes(t *testing.T) {
	bucket := t.TempDir()
	out := &silent{}
	for _, version := range []string{"1.0-r0", "1.1-r0", "1.2-r0"} {
		o := publishOptions(t, bucket, packDescribed(t, t.TempDir(), "blog", version, "x86_64", "blog"))
		o.Bucket.Retention = repository.Retention{Keep: 2}
		if _, err := pipeline.Publish(t.Context(), o, out); err != nil {
			t.Fatal(err)
		}
	}
	if got := indexed(t, filepath.Join(bucket, "v3.24/main/x86_64/APKINDEX.tar.gz")); !slices.Equal(got,
		[]string{"blog-1.1-r0", "blog-1.2-r0"}) {
		t.Errorf("%v", got)
	}
	if !strings.Contains(out.said.String(), "pruned: 1 old packages left the index, 0 that had left it before were deleted") {
		t.Errorf("%s", &out.said)
	}
	if _, err := os.Stat(filepath.Join(bucket, "v3.24/main/x86_64/blog-1.0-r0.apk")); err != nil {
		t.Errorf("within the grace period the file stays: %v", err)
	}
}
