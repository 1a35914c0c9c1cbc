package repository_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

func TestLife(t *testing.T) {
	fake := s3test.StartFake(t)
	for name, st := range map[string]store.Store{"dir": newDir(t), "s3": s3test.New(t, fake.Config())} {
		t.Run(name, func(t *testing.T) { life(t, st) })
	}
	got := []string{}
	for _, key := range []string{"keys/acme-blog.rsa.pub", "v3.24/main/x86_64/APKINDEX.tar.gz", "v3.24/main/x86_64/blog-1.0-r0.apk"} {
		got = append(got, fake.Header(key, "Content-Type"), fake.Header(key, "Cache-Control"))
	}
	want := []string{"application/x-pem-file", "public, max-age=300", "application/gzip", "no-cache",
		"application/octet-stream", "public, max-age=31536000, immutable"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers, want -, got +:\n%s", diff)
	}
}

// life is a repository from its first publish on.
func life(t *testing.T, st store.Store) {
	t.Helper()
	key := testKey(t)
	blog := mustPack(t, "blog", "1.0-r0", "x86_64", "one", key)
	data := mustPack(t, "blog-data", "1.0-r0", "noarch", "data", key)
	r := request(key, blog, data, blog)
	r.NoarchFor = []string{"x86_64", "aarch64"}

	rep := publish(t, st, r)
	if !rep.Changed || len(rep.Packages) != 3 {
		t.Errorf("first publish: %+v", rep)
	}
	first := rep.Packages[1]
	size, sha := fileFacts(t, blog)
	want := repository.Published{
		Name: "blog", Version: "1.0-r0", Arch: "x86_64", Key: "v3.24/main/x86_64/blog-1.0-r0.apk",
		URL:  st.URL("v3.24/main/x86_64/blog-1.0-r0.apk"),
		File: blog, Size: size, InstalledSize: first.InstalledSize, SHA256: sha,
	}
	if diff := cmp.Diff(want, first); diff != "" {
		t.Errorf("published, want -, got +:\n%s", diff)
	}
	urls := append(append([]string{rep.URL}, rep.Indexes...), rep.Keys...)
	if diff := cmp.Diff([]string{st.URL("v3.24/main"), st.URL("v3.24/main/aarch64/APKINDEX.tar.gz"),
		st.URL("v3.24/main/x86_64/APKINDEX.tar.gz"), st.URL("keys/acme-blog.rsa.pub")}, urls); diff != "" {
		t.Errorf("URLs, want -, got +:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"blog-data 1.0-r0"}, mustCheck(t, st, "aarch64", key)); diff != "" {
		t.Error(diff)
	}

	before := contents(t, st)
	var told []int64
	r.Progress = func(done, total int64) { told = append(told, done, total) }
	rep = publish(t, st, r)
	if n := len(told); n != 6 || told[n-2] != told[n-1] || told[0] <= 0 {
		t.Errorf("progress: %v", told)
	}
	if rep.Changed || !rep.Packages[0].Unchanged || !rep.Packages[1].Unchanged || !rep.Packages[2].Unchanged || rep.Traffic.Sent != 0 {
		t.Errorf("publishing the same again: %+v", rep)
	}
	if diff := cmp.Diff(before, contents(t, st)); diff != "" {
		t.Errorf("publishing the same again changed:\n%s", diff)
	}

	rep = publish(t, st, request(key, mustPack(t, "blog", "1.1-r0", "x86_64", "two", key)))
	if !rep.Changed || rep.Packages[0].Unchanged || rep.Traffic.Requests > 7 {
		t.Errorf("the second version: %+v", rep)
	}
	if diff := cmp.Diff([]string{"blog 1.0-r0", "blog 1.1-r0", "blog-data 1.0-r0"}, mustCheck(t, st, "x86_64", key)); diff != "" {
		t.Errorf("packages, want -, got +:\n%s", diff)
	}
	x, err := repository.List(context.Background(), st, main, "x86_64", key.Public())
	if err != nil || x.Description != "main v3.24" {
		t.Errorf("description %q, %v", x.Description, err)
	}
	t.Logf("publishing a second version: %+v", rep.Traffic)

	r.Description = "All of it"
	if rep = publish(t, st, r); !rep.Changed {
		t.Error("another description changes nothing")
	}
	mustCheck(t, st, "x86_64", key)
	r.Description = "" // keeps it
	if rep = publish(t, st, r); rep.Changed {
		t.Error("no description changes the one that is there")
	}
	if x, err = repository.List(context.Background(), st, main, "x86_64", key.Public()); err != nil || x.Description != "All of it" {
		t.Errorf("description %q, %v", x.Description, err)
	}
	r.Description = "two\nlines"
	var invalid *repository.InvalidError
	if _, err := repository.Publish(context.Background(), st, r); !errors.As(err, &invalid) {
		t.Errorf("a description of two lines: %v", err)
	}
}

func fileFacts(t *testing.T, path string) (int64, string) {
	t.Helper()
	p, err := apk.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return p.FileSize, p.SHA256
}

// contents are all objects.
func contents(t *testing.T, st store.Store) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, key := range storetest.Keys(t, st, "") {
		all[key], _ = storetest.Read(t, st, key)
	}
	return all
}

// What cannot be published is found before anything is written.
func TestInvalid(t *testing.T) {
	key := testKey(t)
	good := mustPack(t, "blog", "1.0-r0", "x86_64", "one", key)
	other := parseKey(t, "other.rsa", newKeyText())
	damaged := filepath.Join(t.TempDir(), "damaged.apk")
	if err := os.WriteFile(damaged, []byte("this is no package"), 0o644); err != nil {
		t.Fatal(err)
	}
	strange := func(name string) *apk.PrivateKey { k := *key; k.Name = name; return &k }
	for name, c := range map[string]struct {
		change func(*repository.Request)
		want   string
	}{
		"nothing":        {func(r *repository.Request) { r.Packages = nil }, "nothing to publish"},
		"no key":         {func(r *repository.Request) { r.Keys = nil }, "a key is needed"},
		"key twice":      {func(r *repository.Request) { r.Keys = append(r.Keys, key) }, "must differ"},
		"key's name":     {func(r *repository.Request) { r.Keys[0] = strange("../x.rsa") }, "letters, digits"},
		"branch":         {func(r *repository.Request) { r.Branch = "../../etc" }, `"../../etc"`},
		"repository":     {func(r *repository.Request) { r.Repository = "" }, `""`},
		"noarch nowhere": {func(r *repository.Request) { r.NoarchFor = []string{"sparc"} }, "architecture sparc"},
		"missing file":   {func(r *repository.Request) { r.Packages[0] += "x" }, "no such file"},
		"damaged file":   {func(r *repository.Request) { r.Packages[0] = damaged }, "damaged.apk: "},
		"unsigned":       {func(r *repository.Request) { r.Packages[0] = mustPack(t, "a", "1-r0", "x86_64", "") }, "must be signed"},
		"another's":      {func(r *repository.Request) { r.Packages[0] = mustPack(t, "a", "1-r0", "x86_64", "", other) }, "other.rsa.pub"},
		"two of one name": {func(r *repository.Request) {
			r.Packages = append(r.Packages, mustPack(t, "blog", "1.0-r0", "x86_64", "two", key))
		}, "different content"},
	} {
		t.Run(name, func(t *testing.T) {
			st := newDir(t)
			r := request(key, good)
			c.change(&r)
			_, err := repository.Publish(context.Background(), st, r)
			var invalid *repository.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if keys := storetest.Keys(t, st, ""); len(keys) != 0 {
				t.Errorf("written: %q", keys)
			}
		})
	}
}

// A published version never changes, unless that is asked for.
func TestDifferentBytes(t *testing.T) {
	key := testKey(t)
	for name, st := range map[string]store.Store{"dir": newDir(t), "s3": s3test.New(t, s3test.StartFake(t).Config())} {
		publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "one", key)))
		_, old := storetest.Read(t, st, "v3.24/main/x86_64/blog-1.0-r0.apk")

		changed := mustPack(t, "blog", "1.0-r0", "x86_64", "two", key)
		r := request(key, changed, mustPack(t, "aaa", "1-r0", "x86_64", "new", key))
		_, err := repository.Publish(context.Background(), st, r)
		var different *repository.DifferentError
		if !errors.As(err, &different) || !strings.Contains(err.Error(), different.New) ||
			!strings.Contains(err.Error(), different.Published) {
			t.Fatalf("%s: %v", name, err)
		}
		if _, sha := fileFacts(t, changed); different.New != sha || len(different.Published) != 64 || different.Published == sha {
			t.Errorf("%s: digests %+v", name, different)
		}
		if _, now := storetest.Read(t, st, "v3.24/main/x86_64/blog-1.0-r0.apk"); now.ETag != old.ETag {
			t.Errorf("%s: the package changed", name)
		}
		if keys := storetest.Keys(t, st, "v3.24/main/x86_64/aaa"); len(keys) != 0 {
			t.Errorf("%s: written: %q", name, keys)
		}
		r.Overwrite = true
		watched := &checked{Store: st, check: func() error { _, err := check(st, "x86_64", key, map[string]bool{}); return err }}
		if rep := publish(t, watched, r); !rep.Changed {
			t.Errorf("%s: overwriting changes nothing", name)
		}
		if watched.err != nil {
			t.Errorf("%s: while it was overwritten: %v", name, watched.err)
		}
		mustCheck(t, st, "x86_64", key)
	}
}

// checked is a store that is looked at after each write.
type checked struct {
	store.Store
	check func() error
	mu    sync.Mutex
	err   error
}

func (c *checked) Put(ctx context.Context, key string, content store.Content, o store.PutOptions) (store.Info, error) {
	info, err := c.Store.Put(ctx, key, content, o)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.err = errors.Join(c.err, c.check())
	return info, err
}

// A package that a killed publisher left without an entry is completed when it is the same, and refused when it is not.
func TestOrphan(t *testing.T) {
	key := testKey(t)
	st := newDir(t)
	file := mustPack(t, "blog", "1.0-r0", "x86_64", "one", key)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Put(st, "v3.24/main/x86_64/blog-1.0-r0.apk", string(text), store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	r := request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "two", key))
	var different *repository.DifferentError
	if _, err := repository.Publish(context.Background(), st, r); !errors.As(err, &different) {
		t.Errorf("other bytes: %v", err)
	}
	if rep := publish(t, st, request(key, file)); !rep.Packages[0].Unchanged || !rep.Changed {
		t.Errorf("the same bytes: %+v", rep)
	}
	r.Overwrite = true
	publish(t, st, r)
	mustCheck(t, st, "x86_64", key)
}

func TestIndexThatIsThere(t *testing.T) {
	key := testKey(t)
	other := parseKey(t, "other.rsa", newKeyText())
	impostor := parseKey(t, key.Name, newKeyText())
	write := func(keys ...*apk.PrivateKey) string {
		var b strings.Builder
		x := index.Index{Description: "mine"}
		if err := x.Write(&b, keys...); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	signed := write(key)
	for name, c := range map[string]struct {
		text       string
		adopt      bool
		want, note string
	}{
		"ours":             {signed, false, "", ""},
		"both keys":        {write(other, key), false, "", ""},
		"other key":        {write(other), false, "other.rsa.pub, none of which is one of our keys", ""},
		"other key, taken": {write(other), true, "", "other.rsa.pub"},
		"impostor":         {write(impostor), true, "cannot be extended", ""},
		"cut off":          {signed[:len(signed)/2], true, "cannot be extended", ""},
		"no gzip":          {"<html>", true, "damaged", ""},
		"unsigned":         {unsigned(t, signed), true, "not signed", ""},
	} {
		st := newDir(t)
		if _, err := storetest.Put(st, "v3.24/main/x86_64/APKINDEX.tar.gz", c.text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		r := request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "one", key))
		r.Adopt = c.adopt
		rep, err := repository.Publish(context.Background(), st, r)
		if c.want != "" {
			var invalid *repository.InvalidError
			if !errors.As(err, &invalid) || !strings.Contains(err.Error(), c.want) || len(storetest.Keys(t, st, "")) != 1 {
				t.Errorf("%s: %v, want %q; %q", name, err, c.want, storetest.Keys(t, st, ""))
			}
			continue
		}
		if err != nil || (len(rep.Notes) == 1) != (c.note != "") || !strings.Contains(strings.Join(rep.Notes, ""), c.note) {
			t.Errorf("%s: %+v, %v", name, rep, err)
			continue
		}
		x, err := repository.List(context.Background(), st, main, "x86_64", key.Public())
		if err != nil || len(x.Entries) != 1 || x.Description != "mine" {
			t.Errorf("%s: %+v, %v", name, x, err)
		}
	}
}

// unsigned cuts the signature member off: the second gzip member begins with the third magic.
func unsigned(t *testing.T, signed string) string {
	t.Helper()
	i := strings.Index(signed[1:], "\x1f\x8b\x08")
	if i < 0 {
		t.Fatal("there is no second member")
	}
	return signed[1+i:]
}

func TestKeys(t *testing.T) {
	key := testKey(t)
	st := newDir(t)
	file := mustPack(t, "blog", "1.0-r0", "x86_64", "one", key)
	next := parseKey(t, "acme-next.rsa", newKeyText())
	r := request(key, file)
	r.Keys = append(r.Keys, next)
	if rep := publish(t, st, r); len(rep.Keys) != 2 {
		t.Errorf("keys %q", rep.Keys)
	}
	for _, k := range r.Keys {
		mustCheck(t, st, "x86_64", k)
		if text, _ := storetest.Read(t, st, "keys/"+k.Public().Name); text != string(k.Public().PEM()) {
			t.Errorf("%s is not published as it is", k.Name)
		}
	}
	// Two keys at once change the key of a repository: clients have the old one until they have the new one.
	old, both := newDir(t), request(key, file)
	publish(t, old, both)
	both.Keys = append(both.Keys, next)
	if rep := publish(t, old, both); !rep.Changed {
		t.Error("the second key does not sign what is there")
	}
	mustCheck(t, old, "x86_64", key)
	mustCheck(t, old, "x86_64", next)
	publish(t, old, request(next, mustPack(t, "blog", "1.1-r0", "x86_64", "two", next)))
	if names := mustCheck(t, old, "x86_64", next); len(names) != 2 {
		t.Errorf("packages after the change of keys: %q", names)
	}
	// Another key of a published name would lock clients out.
	impostor := parseKey(t, "acme-next.rsa", newKeyText())
	_, err := repository.Publish(context.Background(), st, request(impostor, mustPack(t, "b", "1-r0", "aarch64", "", impostor)))
	var invalid *repository.InvalidError
	if !errors.As(err, &invalid) || !strings.Contains(err.Error(), "another key of the same name") {
		t.Errorf("%v", err)
	}
	if keys := storetest.Keys(t, st, "v3.24/main/aarch64"); len(keys) != 0 {
		t.Errorf("written: %q", keys)
	}
	if _, err := repository.List(context.Background(), st, main, "aarch64"); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("List of nothing: %v", err)
	}
}

// The same packages give the same repository, whatever their order.
func TestDeterministic(t *testing.T) {
	key := testKey(t)
	a := mustPack(t, "a", "1-r0", "x86_64", "a", key)
	b := mustPack(t, "b", "1-r0", "noarch", "b", key)
	one, two := newDir(t), newDir(t)
	publish(t, one, request(key, a, b))
	publish(t, two, request(key, b, a))
	if diff := cmp.Diff(contents(t, one), contents(t, two)); diff != "" {
		t.Error("the repositories differ")
	}
}
