package index

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
)

// abuild signs an index with GNU tar, which puts a PAX header before the signature.
func TestSignedByAbuild(t *testing.T) {
	key, err := apk.GenerateKey("acme-blog.rsa")
	if err != nil {
		t.Fatal(err)
	}
	x := &Index{Entries: []Entry{{Info: apk.Info{Name: "blog", Version: "1.0-r0", Arch: "x86_64"}, Checksum: "Q1x"}}}
	var text bytes.Buffer
	if err := x.Write(&text, key); err != nil {
		t.Fatal(err)
	}
	rest := bytes.NewReader(text.Bytes())
	first, err := gzip.NewReader(rest)
	if err != nil {
		t.Fatal(err)
	}
	first.Multistream(false)
	signature := tar.NewReader(first)
	h, err := signature.Next()
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(signature)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, first); err != nil { // to the member's end
		t.Fatal(err)
	}
	var signed bytes.Buffer
	z := gzip.NewWriter(&signed)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: h.Name, Mode: 0o644, Size: int64(len(content)), ModTime: time.Unix(1, 5),
		Format: tar.FormatPAX}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := rest.WriteTo(&signed); err != nil {
		t.Fatal(err)
	}
	names, err := Signers(bytes.NewReader(signed.Bytes()))
	if err != nil || strings.Join(names, " ") != "acme-blog.rsa.pub" {
		t.Errorf("signed by %q, %v", names, err)
	}
	got, err := Read(bytes.NewReader(signed.Bytes()), key.Public())
	if err != nil || len(got.Entries) != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}

// An index without a signature has no signers, and what is no index has none either.
func TestSignersOfNone(t *testing.T) {
	var text bytes.Buffer
	z := gzip.NewWriter(&text)
	w := tar.NewWriter(z)
	if err := w.WriteHeader(&tar.Header{Name: "APKINDEX"}); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if names, err := Signers(&text); err != nil || names != nil {
		t.Errorf("%q, %v", names, err)
	}
	if _, err := Signers(strings.NewReader("no gzip")); err == nil {
		t.Error("text is taken for an index")
	}
}
