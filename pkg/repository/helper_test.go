package repository_test

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
)

var main = repository.Location{Branch: "v3.24", Repository: "main"}

// keyText is one key for the whole run: making keys is slow.
var keyText = sync.OnceValue(newKeyText)

func newKeyText() []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)})
}

func parseKey(t testing.TB, name string, text []byte) *apk.PrivateKey {
	t.Helper()
	key, err := apk.ParsePrivateKey(name, text)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func testKey(t testing.TB) *apk.PrivateKey {
	t.Helper()
	return parseKey(t, "acme-blog.rsa", keyText())
}

// pack makes a package in dir that installs one file with the given content.
func pack(dir, name, version, arch string, content []byte, keys ...*apk.PrivateKey) (string, error) {
	root, err := os.MkdirTemp(dir, "root")
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(root, "file"), content, 0o644); err != nil {
		return "", err
	}
	out, err := os.MkdirTemp(dir, "out")
	if err != nil {
		return "", err
	}
	info := apk.Info{Name: name, Version: version, Arch: arch, Description: "test", URL: "https://example.com", License: "MIT",
		BuildDate: 1700000000, Origin: name}
	path := filepath.Join(out, info.Filename())
	if _, err = apk.Create(context.Background(), path, info, nil, apk.Tree{Root: root}); err == nil && len(keys) > 0 {
		err = apk.SignFile(context.Background(), path, path, keys...)
	}
	return path, err
}

func mustPack(t testing.TB, name, version, arch, content string, keys ...*apk.PrivateKey) string {
	t.Helper()
	path, err := pack(t.TempDir(), name, version, arch, []byte(content), keys...)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func request(key *apk.PrivateKey, files ...string) repository.Request {
	return repository.Request{Location: main, Packages: files, NoarchFor: []string{"x86_64"}, Keys: []*apk.PrivateKey{key}}
}

func publish(t testing.TB, st store.Store, r repository.Request) *repository.Report {
	t.Helper()
	rep, err := repository.Publish(context.Background(), st, r)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func newDir(t testing.TB) *dir.Store {
	t.Helper()
	st, err := dir.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// check is a client: it reads both indexes, verifies their signatures, and fetches every package that they list
// and that seen does not hold yet. It gives the packages' names and versions.
func check(st store.Store, arch string, key *apk.PrivateKey, seen map[string]bool) ([]string, error) {
	ctx := context.Background()
	if err := checkADB(ctx, st, arch, key, seen); err != nil {
		return nil, err
	}
	x, err := repository.List(ctx, st, main, arch, key.Public())
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range x.Entries {
		names = append(names, e.Name+" "+e.Version)
		if seen[e.Checksum] {
			continue
		}
		r, _, err := st.Get(ctx, main.Branch+"/"+main.Repository+"/"+arch+"/"+e.Filename())
		if err != nil {
			return nil, fmt.Errorf("the index names what cannot be fetched: %w", err)
		}
		p, err := apk.Read(r)
		if err = errors.Join(err, r.Close()); err != nil {
			return nil, err
		}
		if p.Checksum != e.Checksum || p.FileSize != e.FileSize || e.Arch != arch {
			return nil, fmt.Errorf("%s: the index says %s %d %s, the package %s %d", e.Name, e.Checksum, e.FileSize, e.Arch, p.Checksum,
				p.FileSize)
		}
		seen[e.Checksum] = true
	}
	return names, nil
}

// readADB returns Packages.adb, nil where there is none.
func readADB(ctx context.Context, st store.Store, arch string, key *apk.PrivateKey) (*adb.File, error) {
	r, _, err := st.Get(ctx, main.Branch+"/"+main.Repository+"/"+arch+"/Packages.adb")
	if errors.Is(err, store.ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	f, err := adb.Read(r, adb.Index, 1<<28, key.Public())
	return f, errors.Join(err, r.Close())
}

// checkADB is a client of Packages.adb. It may be behind the index, but it lists what is there.
func checkADB(ctx context.Context, st store.Store, arch string, key *apk.PrivateKey, seen map[string]bool) error {
	f, err := readADB(ctx, st, arch, key)
	if f == nil || err != nil {
		return err
	}
	packages := f.Block.Slots(f.Block.Slots(f.Block.Root()).At(2))
	for i := range packages.Len() {
		p := f.Block.Slots(packages.At(i + 1))
		sum := "Q1" + base64.StdEncoding.EncodeToString(f.Block.Blob(p.At(3)))
		if seen[sum] {
			continue
		}
		name := fmt.Sprintf("%s-%s.apk", f.Block.Blob(p.At(1)), f.Block.Blob(p.At(2)))
		r, _, err := st.Get(ctx, main.Branch+"/"+main.Repository+"/"+arch+"/"+name)
		if err != nil {
			return fmt.Errorf("Packages.adb names what cannot be fetched: %w", err)
		}
		found, err := apk.Read(r)
		if err = errors.Join(err, r.Close()); err != nil {
			return err
		}
		if found.Checksum != sum {
			return fmt.Errorf("%s: Packages.adb says %s, the package %s", name, sum, found.Checksum)
		}
	}
	return nil
}

func mustCheck(t testing.TB, st store.Store, arch string, key *apk.PrivateKey) []string {
	t.Helper()
	names, err := check(st, arch, key, map[string]bool{})
	if err != nil {
		t.Fatal(err)
	}
	mustFollow(t, st, arch, key)
	return names
}

// mustFollow wants Packages.adb to say what the index says.
func mustFollow(t testing.TB, st store.Store, arch string, key *apk.PrivateKey) {
	t.Helper()
	ctx := context.Background()
	f, err := readADB(ctx, st, arch, key)
	if err != nil {
		t.Fatal(err)
	}
	x, err := repository.List(ctx, st, main, arch, key.Public())
	if errors.Is(err, store.ErrNotFound) && f == nil {
		return
	}
	if err != nil || f == nil {
		t.Fatalf("the index: %v; Packages.adb: %v", err, f)
	}
	x.Complete(f.Block)
	want, err := x.ADB(arch)
	if err != nil {
		t.Fatal(err)
	}
	if f.Digest != want.Digest() {
		t.Errorf("Packages.adb of %s does not say what its index says", arch)
	}
}

// poll checks the repository again and again until the function it gives is called, which tells how often.
func poll(t testing.TB, st store.Store, key *apk.PrivateKey) (stop func() (looks int)) {
	t.Helper()
	done, ended, looks := make(chan struct{}), make(chan struct{}), 0
	go func() {
		defer close(ended)
		seen := map[string]bool{}
		for {
			if _, err := check(st, "x86_64", key, seen); err != nil {
				t.Errorf("a client at work sees: %v", err)
				return
			}
			looks++
			select {
			case <-done:
				return
			default:
			}
		}
	}()
	return func() int { close(done); <-ended; return looks }
}
