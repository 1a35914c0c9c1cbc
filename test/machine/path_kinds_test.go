//go:build linux

package machine

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kinds are an application's trees in which one path has each kind. A value that begins with "-> " is a link.
var kinds = map[string]map[string]string{
	"directory": {"app/rel/a": "1", "app/cur/b": "old", "app/cur/sub/c": "old", "app/cur/tmp/d": "old",
		"app/cur/[slug].js": "old"},
	"link":             {"app/rel/a": "1", "app/rel/b": "new", "app/rel/sub/c": "new", "app/rel/[slug].js": "new", "app/cur": "-> rel"},
	"link to others":   {"app/rel/a": "1", "app/cur": "-> rel"},
	"file":             {"app/rel/a": "1", "app/cur": "a file"},
	"nested directory": {"app/rel/a": "1", "app/cur/b/deep/x y": "1", "app/cur/it's": "1"},
	"nested link":      {"app/rel/a": "1", "app/cur/b": "-> ../rel", "app/cur/it's/c": "1"},
}

// buildKinds builds an application in which a path has the kind.
func buildKinds(t *testing.T, kind, version string) string {
	t.Helper()
	return build(t, version, withTree(kinds[kind], "name: demo\nbuild: {destinations: [app]}\n"+
		"hook: {pre-upgrade: touch /var/lib/demo.hooked}\n"))["demo"]
}

func withTree(tree map[string]string, yaml string) map[string]string {
	files := map[string]string{"pakman.yml": yaml}
	maps.Copy(files, tree)
	return files
}

// lacks returns what is missing of a tree.
func (c *client) lacks(tree map[string]string) (missing []string) {
	for name, body := range tree {
		file := filepath.Join(c.root, "var/lib/demo", name)
		target, isLink := strings.CutPrefix(body, "-> ")
		found, err := os.Readlink(file)
		if !isLink {
			content, readErr := os.ReadFile(file)
			found, target, err = string(content), body, readErr
		}
		if err != nil || found != target {
			missing = append(missing, fmt.Sprintf("%s: %q, %v", name, found, err))
		}
	}
	return missing
}

// apkFetch is apk for the scripts of a package: `apk fetch --output DIRECTORY` copies what is in /repository.
const apkFetch = "#!/bin/sh\nwhile [ $# -gt 0 ]; do [ \"$1\" != --output ] || to=$2; shift; done\ncp /repository/*.apk \"$to\"\n"

// TestPathKinds upgrades and downgrades a package between all kinds of a path, in silence and without a loss.
func TestPathKinds(t *testing.T) {
	c := newClient(boot(t))
	c.write("bin/apk", apkFetch)
	packages := map[string]string{}
	for kind := range kinds {
		packages[kind] = buildKinds(t, kind, "1.0.0")
	}
	for from := range kinds {
		for to, tree := range kinds {
			c.clean(c.add(packages[from]))
			c.ok("rm -rf /repository /var/lib/demo.hooked; mkdir /repository")
			c.write("repository/demo-1.0.0-r0.apk", read(t, packages[to]))
			c.clean(c.add(packages[to]))
			for _, missing := range c.lacks(tree) {
				t.Errorf("%s → %s: %s", from, to, missing)
			}
			c.ok("test -e /var/lib/demo.hooked; ! ls -d /var/lib/demo/app/*.saved-* /run/demo.* 2>/dev/null")
			c.clean(c.del("demo"))
			c.ok("! test -e /var/lib/demo/app")
		}
	}
}

// TestPathKindsKeepData has an application that wrote files where the next version has a link or a file, and an administrator
// who moved a directory of the package elsewhere.
func TestPathKindsKeepData(t *testing.T) {
	c := newClient(boot(t))
	c.write("bin/apk", apkFetch)
	directory := buildKinds(t, "directory", "1.0.0")
	for _, to := range []string{"link to others", "file"} {
		c.clean(c.add(directory))
		c.ok("echo mine >/var/lib/demo/app/cur/data; ln -s /etc /var/lib/demo/app/cur/etc")
		c.clean(c.add(buildKinds(t, to, "1.1.0")))
		if missing := c.lacks(kinds[to]); missing != nil {
			t.Errorf("%s: %q", to, missing)
		}
		c.ok("grep mine /var/lib/demo/app/cur.saved-*/cur/data; rm -r /var/lib/demo/app/cur.saved-*; test -e /etc/passwd")
		c.clean(c.del("demo"))
	}

	// What the package brought and was changed since is kept, too, whether it becomes a link or a directory.
	for _, step := range []struct{ from, change, to, kept string }{
		{"directory", "app/cur/b", "link to others", "cur/b"}, {"file", "app/cur", "directory", "cur"},
	} {
		c.clean(c.add(buildKinds(t, step.from, "1.0.0")))
		c.ok("echo mine >/var/lib/demo/" + step.change)
		c.clean(c.add(buildKinds(t, step.to, "1.1.0")))
		c.ok("grep mine /var/lib/demo/app/cur.saved-*/" + step.kept + "; rm -r /var/lib/demo/app/cur.saved-*")
		c.clean(c.del("demo"))
	}

	c.clean(c.add(directory))
	c.ok("mv /var/lib/demo/app/cur /var/lib/large; ln -s ../../large /var/lib/demo/app/cur; echo mine >/var/lib/demo/app/cur/data")
	c.clean(c.add(buildKinds(t, "directory", "1.1.0")))
	c.ok("test -L /var/lib/demo/app/cur; test -e /var/lib/large/b; grep mine /var/lib/large/data")
}

// TestPathKindsLost says what apk 2 has deleted and cannot be had again.
func TestPathKindsLost(t *testing.T) {
	c := newClient(boot(t))
	c.write("bin/apk", "#!/bin/sh\nexit 1\n")
	c.clean(c.add(buildKinds(t, "directory", "1.0.0")))
	stderr, ok := c.add(buildKinds(t, "link", "1.1.0"))
	if want := "demo: apk 2 deleted files behind a link that was a directory: run apk fix --reinstall demo\n"; ok || stderr != want {
		t.Errorf("success %t, on stderr %q", ok, stderr)
	}
}
