package pipeline

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/cache"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/source"
)

func writeFile(t *testing.T, path, text string) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// noCopies keeps no copies.
type noCopies struct{ CacheCopies }

// The key of a copy changes with lock files alone; its prefix with the applications, their repositories and the key that
// signs.
func TestCacheCopyKeys(t *testing.T) {
	dir := t.TempDir()
	key, err := apk.GenerateKey("any.rsa")
	if err != nil {
		t.Fatal(err)
	}
	kept, err := cache.Open(t.Context(), t.TempDir(), []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	remote := "https://github.com/acme/hello"
	name := func(application, signer string) cacheCopy {
		t.Helper()
		o := BuildOptions{Cache: Cache{Copies: noCopies{}}, Key: signing.Key{PEM: secret.New(signer)}}
		o.Output = filepath.Join(dir, "packages")
		plans := []*Plan{{Dir: dir, Recipe: &recipe.Recipe{Name: application, Branch: "v3.24"}, Facts: source.Facts{RemoteURL: remote}}}
		c := o.cacheCopy(t.Context(), plans, kept, key, "x86_64", false, &silent{})
		if !c.wanted() || !strings.HasPrefix(c.key, c.prefix) || !strings.HasPrefix(c.key, "pakman-x86_64-v3.24-") || len(c.key) > 512 ||
			(len(c.archive.Secret) > 0) != (signer != "") || len(c.archive.Repositories) != 1 {
			t.Errorf("%+v", c)
		}
		return c
	}
	writeFile(t, filepath.Join(dir, "go.sum"), "one")
	first := name("hello", "")
	writeFile(t, filepath.Join(dir, "main.go"), "package main")
	writeFile(t, filepath.Join(dir, "packages", "go.sum"), "of the output")
	if again := name("hello", ""); again.key != first.key {
		t.Errorf("other sources: %s and %s", first.key, again.key)
	}
	if other := name("world", ""); other.prefix == first.prefix {
		t.Error("another application has the prefix", first.prefix)
	}
	if signed := name("hello", "a key"); signed.prefix == first.prefix {
		t.Error("with a key the prefix is", first.prefix)
	}
	remote = "https://github.com/acme/renamed"
	if renamed := name("hello", ""); renamed.prefix == first.prefix {
		t.Error("in another repository, whose archives cannot be unpacked here, the prefix is", first.prefix)
	}
	remote = "https://github.com/acme/hello"
	writeFile(t, filepath.Join(dir, "go.sum"), "two")
	if next := name("hello", ""); next.key == first.key || next.prefix != first.prefix {
		t.Errorf("other lock files: %s and %s", first.key, next.key)
	}
}

// Builds can write to the caches of their repository: those of others lie beside them, where no build can put a link.
func TestCachesApart(t *testing.T) {
	kept, err := cache.Open(t.Context(), t.TempDir(), []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = kept.Close() }()
	p := &Plan{Dir: t.TempDir(), Recipe: &recipe.Recipe{Name: "web", Branch: "v3.24"}}
	seen := map[string]bool{}
	for _, roots := range []bool{false, true} {
		for _, apart := range []bool{false, true} {
			dir := p.caches(kept, roots, apart).Tools()
			if seen[dir] || filepath.Dir(dir) != filepath.Dir(p.caches(kept, false, false).Tools()) {
				t.Errorf("root %t, apart %t: %s", roots, apart, dir)
			}
			seen[dir] = true
		}
	}
}
