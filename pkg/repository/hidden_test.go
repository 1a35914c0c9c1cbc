package repository_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// foreign makes a package whose .PKGINFO has a line that apk.Create would refuse, signed by the key.
func foreign(t *testing.T, line string, key *apk.PrivateKey) string {
	t.Helper()
	member := func(end bool, files ...[2]string) []byte {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		w := tar.NewWriter(z)
		for _, f := range files {
			_ = w.WriteHeader(&tar.Header{Name: f[0], Mode: 0o644, Size: int64(len(f[1]))})
			_, _ = w.Write([]byte(f[1]))
		}
		err := w.Flush()
		if end {
			err = w.Close()
		}
		if err := errors.Join(err, z.Close()); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	data := member(true, [2]string{"file", "x"})
	control := member(false, [2]string{".PKGINFO", fmt.Sprintf("pkgname = hello\npkgver = 1.0-r0\narch = x86_64\n%s\ndatahash = %x\n", line,
		sha256.Sum256(data))})
	digests := apk.NewDigests()
	_, _ = digests.Write(control)
	var whole bytes.Buffer
	if err := digests.Sign(&whole, key); err != nil {
		t.Fatal(err)
	}
	whole.Write(control)
	whole.Write(data)
	file := filepath.Join(t.TempDir(), "hello-1.0-r0.apk")
	if err := os.WriteFile(file, whole.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// A package with characters that a terminal obeys, or that nobody sees, is not published, and a rebuild leaves it out.
func TestHiddenCharacters(t *testing.T) {
	key, st := testKey(t), newDir(t)
	if _, err := repository.Publish(context.Background(), st, request(key, foreign(t, "pkgdesc = grüße", key))); err != nil {
		t.Fatal(err)
	}
	for field, value := range map[string]string{
		"pkgdesc": "\x1b]0;title\a", "license": "M\u202eIT", "url": "https://a\u200b.example", "maintainer": "a\u009b31m",
		"depend": "so:a\ufeff",
	} {
		file := foreign(t, field+" = "+value, key)
		_, err := repository.Publish(context.Background(), st, request(key, file))
		var bad *repository.InvalidError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), field+": the hidden character U+") ||
			strings.ContainsAny(err.Error(), "\x1b\u202e\u200b\u009b\ufeff") {
			t.Errorf("%s: %v", field, err)
		}
		content, err := store.FileContent(file)
		if err == nil {
			_, err = st.Put(context.Background(), "v3.24/main/x86_64/hello-1.0-r0.apk", content, store.PutOptions{})
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rebuild(t, st, rebuilding(t)) {
			if len(r.Added) > 0 {
				t.Errorf("%s: a rebuild lists it: %+v", field, r)
			}
		}
		x, err := repository.List(context.Background(), st, main, "x86_64", key.Public())
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range x.Entries {
			if err := e.CheckTexts(); err != nil {
				t.Errorf("%s: in the index: %v", field, err)
			}
		}
	}
}
