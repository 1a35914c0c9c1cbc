package secretscan

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
)

func newRSA(t testing.TB, bits int) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func pkcs8(t testing.TB, key *rsa.PrivateKey) []byte {
	t.Helper()
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return der
}

// lines breaks a text as programs do.
func lines(text string, width int) string {
	var b strings.Builder
	for ; len(text) > width; text = text[width:] {
		b.WriteString(text[:width] + "\n")
	}
	return b.String() + text + "\n"
}

// colons is a number as openssl prints it.
func colons(number []byte) string {
	var b strings.Builder
	for i, c := range number {
		if i%15 == 0 {
			b.WriteString("\n    ")
		}
		fmt.Fprintf(&b, "%02x:", c)
	}
	return b.String()
}

// forms are the ways in which files hold an RSA key.
func forms(t testing.TB, key *rsa.PrivateKey) map[string]string {
	t.Helper()
	der1, der8 := x509.MarshalPKCS1PrivateKey(key), pkcs8(t, key)
	pem8 := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der8}))
	url := base64.RawURLEncoding.EncodeToString
	jwk, err := json.Marshal(map[string]string{"kty": "RSA", "n": url(key.N.Bytes()), "d": url(key.D.Bytes())})
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{
		"PEM": pem8, "PEM of PKCS #1": string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: der1})),
		"PKCS #8": string(der8), "PKCS #1": string(der1), "a web key": string(jwk), "hexadecimal": hex.EncodeToString(der8),
		"large hexadecimal": lines(strings.ToUpper(hex.EncodeToString(der1)), 60), "openssl -text": colons(key.Primes[0].Bytes()),
		"a secret of Kubernetes": "data:\n  tls.key: " + base64.StdEncoding.EncodeToString([]byte(pem8)) + "\n",
	}
	for width := range map[int]bool{48: true, 60: true, 64: true, 76: true, 10000: true} {
		all[fmt.Sprintf("base64 in lines of %d", width)] = lines(base64.StdEncoding.EncodeToString(der8), width)
		all[fmt.Sprintf("URL-safe base64 in lines of %d", width)] = lines(base64.URLEncoding.EncodeToString(der1), width)
	}
	return all
}

// A key that signs is recognised in each form, wherever it begins, and no other is taken for it.
func TestSigningKeysAreKnown(t *testing.T) {
	ours, other := newRSA(t, 2048), newRSA(t, 2048)
	keys := NewKeys([]byte("a password"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(t, ours)}))
	signing := func(text string) bool {
		found, err := Scan("x", strings.NewReader(text), keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range found {
			if f.Signing {
				return true
			}
		}
		return false
	}
	foreign := forms(t, other)
	for name, text := range forms(t, ours) {
		for _, before := range []int{0, 1, 2, 3, 7, windowSize - 100, windowSize - maxKey - 50} {
			if !signing(strings.Repeat("x", before) + "\n" + text) {
				t.Errorf("%s behind %d bytes is not recognised", name, before)
			}
		}
		if !signing(foreign[name] + text) {
			t.Errorf("%s behind another key is not recognised", name)
		}
		if signing(foreign[name]) {
			t.Errorf("%s: another key is taken for ours", name)
		}
	}
	public, err := x509.MarshalPKIXPublicKey(&ours.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	if signing(string(public)) || signing(base64.StdEncoding.EncodeToString(public)) {
		t.Error("the public key is taken for the private one")
	}
}

// A file with many keys has few findings.
func TestFindingsAreFew(t *testing.T) {
	key := forms(t, newRSA(t, 2048))["PEM"]
	found, err := Scan("x", strings.NewReader(strings.Repeat(key, 1000)+keys(t)["age"]), nil)
	if err != nil || len(found) != 2 {
		t.Errorf("%+v, %v", found, err)
	}
}

// 64 MiB of a program.
func BenchmarkKeys(b *testing.B) {
	keys := NewKeys(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8(b, newRSA(b, 4096))}))
	text := make([]byte, 64<<20)
	_, _ = rand.Read(text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Scan("usr/bin/x", bytes.NewReader(text), keys); err != nil {
			b.Fatal(err)
		}
	}
}
