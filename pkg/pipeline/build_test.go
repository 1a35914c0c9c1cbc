package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// applicationYML is an application that needs nothing but a shell.
func applicationYML(name, command string) string {
	return "name: " + name + "\nstack: alpine/3.24\nbuild:\n  command: |\n    " + command + "\n  destinations:\n    - file\n"
}

// checkouts makes a directory with an application for each name and build command.
func checkouts(t *testing.T, commands map[string]string) (root string, dirs []string) {
	t.Helper()
	root = t.TempDir()
	for name, command := range commands {
		dir := filepath.Join(root, name)
		if err := errors.Join(os.Mkdir(dir, 0o755), os.WriteFile(filepath.Join(dir, "pakman.yml"), []byte(applicationYML(name, command)),
			0o644)); err != nil {
			t.Fatal(err)
		}
		dirs = append(dirs, dir)
	}
	slices.Sort(dirs)
	return root, dirs
}

func buildOptions(t *testing.T, dirs ...string) pipeline.BuildOptions {
	t.Helper()
	o := pipeline.BuildOptions{Builder: "native", Output: filepath.Join(t.TempDir(), "packages"), Dirs: dirs}
	o.Key = publishOptions(t, "").Key
	o.Getenv, o.Recipe.Repository, o.Recipe.Version = getenv, "main", "1.0"
	return o
}

// Applications that are built appear in the local repository although another one fails; the bucket then gets nothing.
func TestBuildSomeFail(t *testing.T) {
	_, dirs := checkouts(t, map[string]string{"api": "echo api >file", "web": "echo broken; exit 3"})
	o := buildOptions(t, dirs...)
	o.Bucket.URL = t.TempDir()
	out := &silent{}
	rep, err := pipeline.Build(t.Context(), o, out)
	var failed usererror.Failures
	if !errors.As(err, &failed) || len(failed) != 1 || failed[0].Name != "web" || !errors.As(err, new(*usererror.BuildError)) {
		t.Fatalf("%v", err)
	}
	if !strings.Contains(err.Error(), filepath.Join(dirs[1], "pakman.yml")+":5:") {
		t.Errorf("%v does not name the line", err)
	}
	if rep == nil || len(rep.Packages) != 1 || rep.Packages[0].Name != "api" {
		t.Fatalf("%+v", rep)
	}
	if _, err := apk.ReadFile(rep.Packages[0].File); err != nil {
		t.Error(err)
	}
	if left := files(t, o.Bucket.URL); len(left) > 0 || !strings.Contains(out.said.String(),
		"nothing is published to the bucket, because not all applications were built") {
		t.Errorf("%v\n%s", left, &out.said)
	}
	var stages []string
	for _, s := range rep.Stages {
		if name, _, _ := strings.Cut(s.Name, ":"); !slices.Contains(stages, name) {
			stages = append(stages, name)
		}
	}
	if diff := cmp.Diff([]string{"plan", "build", "api", "web", "sign", "publish"}, stages); diff != "" {
		t.Error(diff)
	}
}

// A second build of the same takes the packages from the cache, unless that is forbidden or something is different.
func TestBuildFromCache(t *testing.T) {
	root, dirs := checkouts(t, map[string]string{"api": "echo api >file"})
	cache, err := os.MkdirTemp("", "pakman-cache-") //nolint:usetesting // t.TempDir() is closed to the build's user
	if err == nil {
		err = os.Chmod(cache, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(cache) })
	build := func(change func(*pipeline.BuildOptions)) []string {
		t.Helper()
		o := buildOptions(t, dirs...)
		o.Cache.Dir = cache
		change(&o)
		rep, err := pipeline.Build(t.Context(), o, &silent{})
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(rep.CacheKey, rep.CacheRestoreKey) ||
			!strings.HasPrefix(rep.CacheRestoreKey, "pakman-"+apk.HostArch()+"-v3.24-") {
			t.Errorf("%q, %q", rep.CacheKey, rep.CacheRestoreKey)
		}
		return rep.Skipped
	}
	for _, c := range []struct {
		name   string
		change func(*pipeline.BuildOptions)
		want   int
	}{
		{"first", func(*pipeline.BuildOptions) {}, 0},
		{"same", func(*pipeline.BuildOptions) {}, 1},
		{"forced", func(o *pipeline.BuildOptions) { o.Cache.Force = true }, 0},
		{"another environment", func(o *pipeline.BuildOptions) { o.Env = map[string]string{"COLOUR": "blue"} }, 0},
		{"another version", func(o *pipeline.BuildOptions) { o.Recipe.Version = "1.1" }, 0},
		{"another file", func(*pipeline.BuildOptions) {
			if err := os.WriteFile(filepath.Join(root, "api", "new"), nil, 0o644); err != nil {
				t.Fatal(err)
			}
		}, 0},
	} {
		if got := build(c.change); len(got) != c.want {
			t.Errorf("%s: %v were taken from the cache", c.name, got)
		}
	}
}

// A mistake in the options is found before anything is built, written or published.
func TestBuildRefused(t *testing.T) {
	_, dirs := checkouts(t, map[string]string{"api": "echo api >file"})
	_, twins := checkouts(t, map[string]string{"api": "echo api >file"})
	for want, change := range map[string]func(*pipeline.BuildOptions){
		`builder "make" is not one of auto, abuild, native`: func(o *pipeline.BuildOptions) { o.Builder = "make" },
		`architecture "sparc" is not one of`:                func(o *pipeline.BuildOptions) { o.Arch = "sparc" },
		"this runner is " + apk.HostArch(): func(o *pipeline.BuildOptions) {
			o.Arch, o.Native, o.Recipe.Arches = "riscv64", true, []string{"riscv64"}
		},
		"both make the package api": func(o *pipeline.BuildOptions) { o.Dirs = append(o.Dirs, twins...) },
		"is given for 2 directories": func(o *pipeline.BuildOptions) {
			o.Dirs, o.Config = append(o.Dirs, twins...), "a.yml"
		},
		"no such directory": func(o *pipeline.BuildOptions) { o.Dirs = []string{"/absent"} },
		"is not a directory: give the application's": func(o *pipeline.BuildOptions) {
			o.Dirs = []string{filepath.Join(dirs[0], "pakman.yml")}
		},
		"bucket ftp://x":    func(o *pipeline.BuildOptions) { o.Bucket.URL = "ftp://x" },
		"signing key: open": func(o *pipeline.BuildOptions) { o.Key = signing.Key{Files: []string{"/absent.rsa"}} },
	} {
		o := buildOptions(t, dirs...)
		change(&o)
		_, err := pipeline.Build(t.Context(), o, &silent{})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
		if left := files(t, o.Output); len(left) > 0 {
			t.Errorf("%s: it wrote %v", want, left)
		}
	}
}

// A version below a published one is refused before the build; the same and a newer one are not, nor one that is allowed.
func TestBuildVersions(t *testing.T) {
	_, dirs := checkouts(t, map[string]string{"api": "echo api >file"})
	bucket := t.TempDir()
	build := func(version string, release int, change func(*pipeline.BuildOptions)) error {
		o := buildOptions(t, dirs...)
		o.Recipe.Version, o.Recipe.Release, o.Bucket.URL = version, release, bucket
		if change != nil {
			change(&o)
		}
		_, err := pipeline.Build(t.Context(), o, &silent{})
		if err != nil {
			if left := files(t, o.Output); len(left) > 0 {
				t.Errorf("%s was built: %v", version, left)
			}
		}
		return err
	}
	for _, version := range []string{"1.9", "1.10"} {
		if err := build(version, 2, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := build("1.10", 2, nil); err != nil {
		t.Errorf("the same version: %v", err)
	}
	for version, release := range map[string]int{"1.9": 7, "1.10": 1} {
		err := build(version, release, nil)
		if err == nil || !errors.As(err, new(*usererror.InputError)) ||
			!strings.Contains(err.Error(), "would be older than 1.10-r2, which is published for "+apk.HostArch()) {
			t.Errorf("%s-r%d: %v", version, release, err)
		}
	}
	if err := build("1.9", 7, func(o *pipeline.BuildOptions) { o.Bucket.AllowOlder = true }); err != nil {
		t.Errorf("an older version that is allowed: %v", err)
	}
	if err := build("0.1", 0, func(o *pipeline.BuildOptions) { o.Recipe.Repository = "other" }); err != nil {
		t.Errorf("another repository: %v", err)
	}
}

// Repositories of a bucket are listed, verified, pruned and rebuilt; a line of /etc/apk/repositories selects one.
func TestMaintain(t *testing.T) {
	bucket := t.TempDir()
	for _, version := range []string{"1.0-r0", "1.1-r0", "1.2-r0"} {
		o := publishOptions(t, bucket, packDescribed(t, t.TempDir(), "blog", version, "x86_64", "blog"))
		o.Repository = "main"
		if _, err := pipeline.Publish(t.Context(), o, &silent{}); err != nil {
			t.Fatal(err)
		}
		o.Repository = "other"
		if _, err := pipeline.Publish(t.Context(), o, &silent{}); err != nil {
			t.Fatal(err)
		}
	}
	key := filepath.Join(bucket, "keys/acme-blog.rsa.pub")
	list := func(r pipeline.Repositories) []string {
		t.Helper()
		listed, err := pipeline.ListPackages(t.Context(), r, []string{key}, &silent{})
		if err != nil {
			t.Fatal(err)
		}
		var names []string
		for _, l := range listed {
			names = append(names, l.Repository+" "+l.Version)
		}
		slices.Sort(names)
		return names
	}
	line := filepath.Join(bucket, "v3.24/main")
	if diff := cmp.Diff([]string{"main 1.0-r0", "main 1.1-r0", "main 1.2-r0"}, list(pipeline.Repositories{URL: line})); diff != "" {
		t.Error(diff)
	}
	if got := list(pipeline.Repositories{URL: bucket, Alpine: "3.24", Arches: []string{"x86_64"}}); len(got) != 6 {
		t.Errorf("%v", got)
	}
	keeping := pipeline.Keeping{Repositories: pipeline.Repositories{URL: line}, Key: publishOptions(t, "").Key}
	request := repository.PruneRequest{Retention: repository.Retention{Keep: 1}, DryRun: true}
	for _, dry := range []bool{true, false} {
		request.DryRun = dry
		done, err := pipeline.Prune(t.Context(), keeping, request, &silent{})
		if err != nil || len(done.Retired) != 2 {
			t.Fatalf("%+v, %v", done, err)
		}
		want := map[bool]int{true: 6, false: 4}[dry]
		if got := list(pipeline.Repositories{URL: bucket}); len(got) != want {
			t.Errorf("dry %v: %v", dry, got)
		}
	}
	if page, err := os.ReadFile(filepath.Join(bucket, "v3.24/main/index.html")); err != nil || strings.Contains(string(page), "1.1-r0") ||
		!strings.Contains(string(page), "1.2-r0") {
		t.Errorf("the page is not that of the index: %v", err)
	}
	found, err := pipeline.Verify(t.Context(), pipeline.Repositories{URL: bucket}, nil, nil, &silent{})
	if err != nil || len(found.Faults) > 0 || len(found.Indexes) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	if err := os.Remove(filepath.Join(bucket, "v3.24/other/x86_64/blog-1.1-r0.apk")); err != nil {
		t.Fatal(err)
	}
	rebuilt, err := pipeline.Rebuild(t.Context(), pipeline.Keeping{
		Repositories: pipeline.Repositories{URL: filepath.Join(bucket, "v3.24/other")}, Key: publishOptions(t, "").Key,
	}, repository.RebuildRequest{}, &silent{})
	if err != nil || len(rebuilt) != 1 || rebuilt[0].Packages != 2 || !rebuilt[0].Changed || len(rebuilt[0].Dropped) != 1 {
		t.Errorf("%+v, %v", rebuilt, err)
	}
	if got := indexed(t, filepath.Join(bucket, "v3.24/other/x86_64/APKINDEX.tar.gz")); !slices.Equal(got,
		[]string{"blog-1.0-r0", "blog-1.2-r0"}) {
		t.Errorf("%v", got)
	}
}

// What cannot be read is the user's to fix: the URL, the release, a key.
func TestMaintainRefused(t *testing.T) {
	for want, r := range map[string]pipeline.Repositories{
		"repository ftp://x": {URL: "ftp://x"},
		"3.24x":              {URL: t.TempDir(), Alpine: "3.24x"},
	} {
		_, err := pipeline.ListPackages(t.Context(), r, nil, &silent{})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	for _, key := range []string{"/absent.rsa.pub", "/etc/passwd"} {
		if _, err := pipeline.Verify(t.Context(), pipeline.Repositories{URL: t.TempDir()}, []string{key}, nil, &silent{}); err == nil ||
			!strings.Contains(err.Error(), "public key: ") || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("%s: %v", key, err)
		}
	}
	_, err := pipeline.Prune(t.Context(), pipeline.Keeping{Repositories: pipeline.Repositories{URL: t.TempDir()},
		Key: signing.Key{Files: []string{"/absent.rsa"}}}, repository.PruneRequest{}, &silent{})
	if err == nil || !errors.As(err, new(*usererror.InputError)) {
		t.Errorf("%v", err)
	}
}
