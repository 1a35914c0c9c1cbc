package apk

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sampleFile(t *testing.T) string {
	t.Helper()
	return create(t, testInfo(), nil, Tree{Root: writeTree(t, map[string]string{"srv/a": "content"})})
}

func signed(t *testing.T, keys ...*PrivateKey) string {
	t.Helper()
	path := sampleFile(t)
	must(t, SignFile(context.Background(), path, path, keys...))
	return path
}

func TestSignAndVerify(t *testing.T) {
	both := signed(t, keyA(), keyB())
	pkg, err := ReadFile(both)
	must(t, err)
	var got []string
	for _, s := range pkg.Signatures {
		got = append(got, s.Hash+" "+s.KeyName)
	}
	if diff := cmp.Diff([]string{"RSA256 acme-a.rsa.pub", "RSA256 acme-b.rsa.pub"}, got); diff != "" {
		t.Errorf("signatures (-want +got):\n%s", diff)
	}
	must(t, VerifyFile(both, keyA().Public()))
	must(t, VerifyFile(both, keyB().Public()))
	wantError(t, VerifyFile(sampleFile(t), keyA().Public()), "not signed")
	wantError(t, VerifyFile(signed(t, keyA()), keyB().Public()), "signed by acme-a.rsa.pub, and not by acme-b.rsa.pub")
	wantError(t, VerifyFile(both), "any known key")
	// As apk does: the name decides which key is meant, and there is no second try.
	impostor := &PublicKey{Name: keyA().Name + ".pub", rsa: &keyB().rsa.PublicKey}
	wantError(t, VerifyFile(both, impostor, keyB().Public()), "signature by acme-a.rsa.pub is wrong")
}

func TestSigningAgainReplacesSignatures(t *testing.T) {
	path := signed(t, keyA())
	before, err := ReadFile(path)
	must(t, err)
	again := filepath.Join(t.TempDir(), "again.apk")
	must(t, SignFile(context.Background(), again, path, keyB()))
	after, err := ReadFile(again)
	must(t, err)
	if len(after.Signatures) != 1 || after.Signatures[0].KeyName != "acme-b.rsa.pub" {
		t.Errorf("signatures %v, want that of acme-b alone", after.Signatures)
	}
	if before.Checksum != after.Checksum || before.Info.DataHash != after.Info.DataHash {
		t.Error("signing changed the package")
	}
	must(t, SignFile(context.Background(), again, again, keyA()))
	if !bytes.Equal(readFile(t, path), readFile(t, again)) {
		t.Error("signing is not deterministic")
	}
}

func TestSignFileRefuses(t *testing.T) {
	ctx := context.Background()
	path := sampleFile(t)
	before := readFile(t, path)
	wantError(t, SignFile(ctx, path, path), "no key")
	wantError(t, SignFile(ctx, path, path, keyA(), keyA()), "two keys are named acme-a.rsa")
	wantError(t, SignFile(ctx, path, "/does/not/exist", keyA()), "/does/not/exist")
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := SignFile(cancelled, path, path, keyA()); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want the cancellation", err)
	}
	if !bytes.Equal(before, readFile(t, path)) {
		t.Error("a refused signing changed the package")
	}
	must(t, os.WriteFile(path, before[:len(before)-1], 0o644))
	wantError(t, SignFile(ctx, path, path, keyA()), "damaged")
	files, err := os.ReadDir(filepath.Dir(path))
	must(t, err)
	if len(files) != 1 {
		t.Errorf("%d files, want the package alone", len(files))
	}
}

// TestOpensslVerifies checks the signature as a stranger would: over the control member.
func TestOpensslVerifies(t *testing.T) {
	openssl := tool(t, "openssl")
	dir := t.TempDir()
	path := signed(t, keyA())
	pkg, err := ReadFile(path)
	must(t, err)
	all := readFile(t, path)
	plain := readFile(t, sampleFile(t))
	control := all[len(all)-len(plain):][:pkg.ControlSize]
	write := func(name string, content []byte) string {
		full := filepath.Join(dir, name)
		must(t, os.WriteFile(full, content, 0o600))
		return full
	}
	run(t, openssl, "dgst", "-sha256", "-verify", write("pub", keyA().Public().PEM()),
		"-signature", write("sig", pkg.Signatures[0].Bytes), write("control", control))
	run(t, openssl, "pkey", "-check", "-noout", "-in", write("key", keyA().PEM()))
}
