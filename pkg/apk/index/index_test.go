package index

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/pakman/build/pkg/apk"
)

// Two keys for all tests; small ones, because making them takes time.
var (
	keyA = sync.OnceValue(func() *apk.PrivateKey { return newKey("acme-a.rsa") })
	keyB = sync.OnceValue(func() *apk.PrivateKey { return newKey("acme-b.rsa") })
)

func newKey(name string) *apk.PrivateKey {
	secret, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(secret)}
	key, err := apk.ParsePrivateKey(name, pem.EncodeToMemory(block))
	if err != nil {
		panic(err)
	}
	return key
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wrap makes an APKINDEX.tar.gz of files, unsigned.
func wrap(t *testing.T, files ...[2]string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	for _, f := range files {
		must(t, w.WriteHeader(&tar.Header{Name: f[0], Typeflag: tar.TypeReg, Size: int64(len(f[1]))}))
		_, err := io.WriteString(w, f[1])
		must(t, err)
	}
	must(t, errors.Join(w.Close(), z.Close()))
	return b.Bytes()
}

// unwrap returns the text of APKINDEX, as the standard library reads it, and the entries' names.
func unwrap(t *testing.T, archive []byte) (text string, names []string) {
	t.Helper()
	z, err := gzip.NewReader(bytes.NewReader(archive))
	must(t, err)
	r := tar.NewReader(z)
	for {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return text, names
		}
		must(t, err)
		content, err := io.ReadAll(r)
		must(t, err)
		names = append(names, h.Name)
		if h.Name == "APKINDEX" {
			text = string(content)
		}
	}
}

func write(t *testing.T, x *Index, keys ...*apk.PrivateKey) []byte {
	t.Helper()
	var b bytes.Buffer
	must(t, x.Write(&b, keys...))
	return b.Bytes()
}

// TestTextIsWhatApkIndexWrites: testdata/APKINDEX was made by apk index 2.14.4.
func TestTextIsWhatApkIndexWrites(t *testing.T) {
	want, err := os.ReadFile("testdata/APKINDEX")
	must(t, err)
	x, err := Read(bytes.NewReader(wrap(t, [2]string{"DESCRIPTION", "acme"}, [2]string{"APKINDEX", string(want)})))
	must(t, err)
	slices.Reverse(x.Entries)
	got, names := unwrap(t, write(t, x, keyA(), keyB()))
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("APKINDEX (-apk +ours):\n%s", diff)
	}
	all := []string{".SIGN.RSA256.acme-a.rsa.pub", ".SIGN.RSA256.acme-b.rsa.pub", "DESCRIPTION", "APKINDEX"}
	if diff := cmp.Diff(all, names); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// TestEntryOf compares with the stanza that apk index wrote of the same package.
func TestEntryOf(t *testing.T) {
	pkg := &apk.Package{
		Info: apk.Info{
			Name: "dispatcher", Version: "2.0.0-r5", Description: "Takes the place of two others", URL: "https://example.org/dispatcher",
			BuildDate: 1700000000, Packager: "nobody in the index", Size: 17, Arch: "noarch", Origin: "dispatcher",
			License: "GPL-2.0-or-later AND MIT", ProviderPriority: 20, ReplacesPriority: 3, Replaces: []string{"courier"},
			Depends: []string{"!dispatcher-legacy", "!courier<2", "busybox>=1.30", "nodejs>1.0", "openrc<999", "python3~3", "curl",
				"/bin/sh"},
			Provides: []string{"courier=2.0.0-r5", "mail-router=2", "virtual-dispatch", "cmd:dispatcher=2.0.0-r5"},
		},
		Checksum: "Q1NwY90LskGNBxPuTtAnpCWdsivNk=", FileSize: 1617,
	}
	golden, err := os.ReadFile("testdata/APKINDEX")
	must(t, err)
	entry := EntryOf(pkg, "x86_64")
	stanza, err := appendStanza(nil, &entry)
	must(t, err)
	if !strings.Contains(string(golden), "\n\n"+string(stanza)) {
		t.Errorf("apk has no such stanza:\n%s", stanza)
	}
	if got := EntryOf(pkg, "").Arch; got != "noarch" {
		t.Errorf("architecture %s, want the package's own", got)
	}
}

func TestPutFindRemove(t *testing.T) {
	entry := func(name, version string) Entry { return Entry{Info: apk.Info{Name: name, Version: version}} }
	x := &Index{}
	for _, e := range []Entry{entry("b", "1.10-r0"), entry("a", "1-r0"), entry("b", "1.9-r0"), entry("b", "1.9_rc1-r0"),
		entry("b-doc", "1-r0")} {
		x.Put(e)
	}
	again := entry("b", "1.9-r0")
	again.FileSize = 7
	x.Put(again)
	var got []string
	for _, e := range x.Entries {
		got = append(got, fmt.Sprintf("%s-%s %d", e.Name, e.Version, e.FileSize))
	}
	want := []string{"a-1-r0 0", "b-1.9_rc1-r0 0", "b-1.9-r0 7", "b-1.10-r0 0", "b-doc-1-r0 0"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	if i := x.Find("b", "1.10-r0"); i != 3 {
		t.Errorf("found at %d, want 3", i)
	}
	if i := x.Find("b", "1.11-r0"); i != -1 {
		t.Errorf("found at %d what is not there", i)
	}
	if !x.Remove("b", "1.10-r0") || x.Remove("b", "1.10-r0") || len(x.Entries) != 4 {
		t.Error("removing must succeed once")
	}
}

func TestSignatures(t *testing.T) {
	x := &Index{Description: "d", Entries: []Entry{{Info: apk.Info{Name: "a", Version: "1-r0"}}}}
	signed := write(t, x, keyA(), keyB())
	for _, key := range []*apk.PrivateKey{keyA(), keyB()} {
		y, err := Read(bytes.NewReader(signed), key.Public())
		must(t, err)
		if y.Description != "d" || len(y.Entries) != 1 {
			t.Errorf("read %+v", y)
		}
	}
	alone := write(t, x, keyB())
	other, err := apk.ParsePublicKey("acme-b.rsa.pub", keyA().Public().PEM())
	must(t, err)
	for name, c := range map[string]struct {
		content []byte
		key     *apk.PublicKey
		want    string
	}{
		"unsigned":  {wrap(t, [2]string{"APKINDEX", ""}), keyA().Public(), "not signed"},
		"other key": {alone, keyA().Public(), "signed by acme-b.rsa.pub"},
		"same name": {alone, other, "is wrong"},
		"other index": {append(bytes.Clone(alone[:memberEnd(t, alone)]), wrap(t, [2]string{"APKINDEX", ""})...), keyB().Public(),
			"is wrong"},
	} {
		if _, err := Read(bytes.NewReader(c.content), c.key); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not tell %q", name, err, c.want)
		}
	}
	if err := x.Write(io.Discard); err == nil {
		t.Error("an index was written unsigned")
	}
	if !bytes.Equal(alone, write(t, x, keyB())) {
		t.Error("equal indexes gave other bytes")
	}
}

// memberEnd is the length of the first gzip member.
func memberEnd(t *testing.T, content []byte) int {
	t.Helper()
	r := bytes.NewReader(content)
	z, err := gzip.NewReader(r)
	must(t, err)
	z.Multistream(false)
	_, err = io.Copy(io.Discard, z)
	must(t, err)
	return len(content) - r.Len()
}

func TestReadRefuses(t *testing.T) {
	text := func(s string) []byte { return wrap(t, [2]string{"APKINDEX", s}) }
	good := text("P:a\nV:1\n\n")
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"empty":         {nil, "EOF"},
		"not gzip":      {[]byte("hello"), "gzip"},
		"cut":           {good[:len(good)-4], "EOF"},
		"not tar":       {gzipped(t, strings.Repeat("x", 2000)), "tar"},
		"another tar":   {wrap(t, [2]string{"x", ""}), "no APKINDEX"},
		"no field":      {text("P:a\nhello\n\n"), "line 2"},
		"cut off entry": {text("P:a\nV:1\n"), "cut off"},
		"no name":       {text("V:1\n\n"), "name is empty"},
		"name":          {text("P:../a\nV:1\n\n"), "package name"},
		"version":       {text("P:a\nV:1/../2\n\n"), "version"},
		"arch":          {text("P:a\nV:1\nA:..\n\n"), "architecture"},
		"number":        {text("P:a\nV:1\nS:x\n\n"), "line 3"},
		"long line":     {text("P:" + strings.Repeat("a", maxLine+1)), "longer than the 256 KiB"},
		"signatures":    {wrap(t, [2]string{".SIGN.RSA", "x"}), "does not belong"},
		"only those":    {wrap(t, [2]string{".SIGN.RSA.a", "x"}), "EOF"},
		"bomb":          {wrap(t, [2]string{".SIGN.RSA.a", strings.Repeat("x", maxSignatures)}), "longer than"},
	} {
		if _, err := Read(bytes.NewReader(c.content)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not tell %q", name, err, c.want)
		}
	}
	x, err := Read(bytes.NewReader(text("\n\nP:a\nV:1\nZ:of a newer apk\n\n\n")))
	if err != nil || len(x.Entries) != 1 {
		t.Errorf("index %+v, error %v, want one entry", x, err)
	}
}

func gzipped(t *testing.T, content string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := io.WriteString(z, content)
	must(t, errors.Join(err, z.Close()))
	return b.Bytes()
}

func TestWriteRefusesLinesInValues(t *testing.T) {
	for _, value := range []string{"a\nP:evil", "a\nT:again", "a\n\nC:", "a\x00", "a\r", "a\n"} {
		x := &Index{Entries: []Entry{{Info: apk.Info{Name: "a", Version: "1-r0", Description: value}}}}
		if err := x.Write(io.Discard, keyA()); err == nil || !strings.Contains(err.Error(), "line break") {
			t.Errorf("%q: error %v", value, err)
		}
	}
}

// FuzzStanza wants that what is written comes back as one entry, whatever the values.
func FuzzStanza(f *testing.F) {
	f.Add("text", "word")
	f.Add("a\nL:MIT", "x y")
	f.Add("", "c:")
	f.Fuzz(func(t *testing.T, text, word string) {
		e := Entry{Info: apk.Info{Name: "a", Version: "1-r0", Description: text, License: text, Commit: text, Depends: []string{word}},
			Checksum: "Q1"}
		stanza, err := appendStanza(nil, &e)
		if err != nil {
			return
		}
		x := &Index{}
		must(t, x.readText(bytes.NewReader(stanza), 0))
		if len(x.Entries) != 1 {
			t.Fatalf("%d entries came back", len(x.Entries))
		}
		got := x.Entries[0]
		e.Depends = strings.FieldsFunc(word, func(r rune) bool { return r == ' ' })
		if diff := cmp.Diff(e.Depends, append([]string{}, got.Depends...)); diff != "" {
			t.Errorf("depends (-in +out):\n%s", diff)
		}
		if got.Description != text || got.License != text || got.Commit != text {
			t.Errorf("%q came back as %+v", text, got)
		}
	})
}

func TestLargeIndex(t *testing.T) {
	x := &Index{}
	for i := range 20_000 {
		x.Entries = append(x.Entries, Entry{Info: apk.Info{
			Name: fmt.Sprintf("package-%06d", i), Version: "1.0-r0", Description: "One of many", Arch: "x86_64", License: "MIT",
			Depends: []string{"so:libc.musl-x86_64.so.1", fmt.Sprintf("package-%06d", i/2)},
		}, Checksum: fmt.Sprintf("Q1%027d=", i), FileSize: int64(i)})
	}
	y, err := Read(bytes.NewReader(write(t, x, keyA())), keyA().Public())
	must(t, err)
	if diff := cmp.Diff(x, y); diff != "" {
		t.Errorf("index (-in +out):\n%.2000s", diff)
	}
}

// Whatever order the entries stand in, they are sorted, and equal ones keep their order.
func TestSort(t *testing.T) {
	random := mathrand.New(mathrand.NewPCG(1, 2))
	for range 200 {
		x, want := &Index{}, []Entry{}
		for i := range random.IntN(50) {
			e := Entry{Info: apk.Info{Name: string(rune('a' + random.IntN(4))), Version: fmt.Sprint(random.IntN(12))}, FileSize: int64(i)}
			x.Entries, want = append(x.Entries, e), append(want, e)
		}
		slices.SortStableFunc(want, func(a, b Entry) int { return order(a.Name, a.Version, b.Name, b.Version) })
		x.sort()
		if diff := cmp.Diff(want, x.Entries, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("(-want +got):\n%s", diff)
		}
	}
}
