package apk

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func block(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}

func TestKeysInAllForms(t *testing.T) {
	key := keyA()
	for name, text := range map[string][]byte{
		"PKCS#8":      key.PEM(),
		"PKCS#1":      block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key.rsa)),
		"with CRLF":   bytes.ReplaceAll(key.PEM(), []byte("\n"), []byte("\r\n")),
		"with a note": append([]byte("made by hand\n"), key.PEM()...),
	} {
		got, err := ParsePrivateKey("acme-a.rsa", text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !got.rsa.Equal(key.rsa) || got.Name != "acme-a.rsa" {
			t.Errorf("%s: another key came out", name)
		}
	}
	public := key.Public()
	if public.Name != "acme-a.rsa.pub" {
		t.Errorf("public key is named %s", public.Name)
	}
	for name, text := range map[string][]byte{
		"PKIX":   public.PEM(),
		"PKCS#1": block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(public.rsa)),
	} {
		got, err := ParsePublicKey(public.Name, text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !got.rsa.Equal(public.rsa) {
			t.Errorf("%s: another key came out", name)
		}
	}
}

func TestGenerateKey(t *testing.T) {
	key, err := GenerateKey("acme.rsa")
	must(t, err)
	if bits := key.rsa.N.BitLen(); bits != 4096 {
		t.Errorf("%d bits, want 4096", bits)
	}
	for name, want := range map[string]string{
		"": "no name", "a/b.rsa": "plain file name", "..": "plain file name", "a b": "plain file name",
		"a\nb": "plain file name", "ü.rsa": "plain file name", strings.Repeat("a", 100): "at most",
	} {
		_, err := GenerateKey(name)
		wantError(t, err, want)
	}
}

func TestWrongKeysAreExplained(t *testing.T) {
	ec, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	ec8, err := x509.MarshalPKCS8PrivateKey(ec)
	must(t, err)
	ecPublic, err := x509.MarshalPKIXPublicKey(&ec.PublicKey)
	must(t, err)
	small, err := rsa.GenerateKey(rand.Reader, 1024)
	must(t, err)
	const legacy = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n" +
		"-----END RSA PRIVATE KEY-----\n"
	for name, c := range map[string]struct{ text, want string }{
		"empty":            {" \n", "empty"},
		"not PEM":          {"hello", "openssl genrsa"},
		"cut":              {string(keyA().PEM()[:200]), "cut off"},
		"one line":         {strings.ReplaceAll(string(keyA().PEM()), "\n", " "), "line breaks"},
		"protection":       {string(block("ENCRYPTED PRIVATE KEY", []byte("x"))), "its protection is unreadable"},
		"password, legacy": {legacy, "password"},
		"public":           {string(keyA().Public().PEM()), "this is a public key"},
		"GPG":              {"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nlQVYBF=\n=abcd\n-----END PGP PRIVATE KEY BLOCK-----\n", "GPG"},
		"GPG, decodable":   {string(block("PGP PRIVATE KEY BLOCK", []byte("x"))), "GPG"},
		"OpenSSH":          {string(block("OPENSSH PRIVATE KEY", []byte("x"))), "ssh-keygen -p -m PEM"},
		"OpenSSH public":   {"ssh-ed25519 AAAA me", "OpenSSH public key"},
		"EC":               {string(block("EC PRIVATE KEY", []byte("x"))), "only RSA"},
		"EC in PKCS#8":     {string(block("PRIVATE KEY", ec8)), "only RSA"},
		"certificate":      {string(block("CERTIFICATE", []byte("x"))), "CERTIFICATE"},
		"damaged":          {string(block("PRIVATE KEY", []byte("x"))), "damaged"},
		"damaged, PKCS#1":  {string(block("RSA PRIVATE KEY", []byte("x"))), "damaged"},
		"small":            {string(block("RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(small))), "1024 bits"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ParsePrivateKey("acme.rsa", []byte(c.text))
			wantError(t, err, "acme.rsa", c.want)
		})
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":       {"", "empty"},
		"private":     {string(keyA().PEM()), "this is a private key"},
		"damaged":     {string(block("PUBLIC KEY", []byte("x"))), "damaged"},
		"PKCS#1":      {string(block("RSA PUBLIC KEY", []byte("x"))), "damaged"},
		"EC":          {string(block("PUBLIC KEY", ecPublic)), "only RSA"},
		"certificate": {string(block("CERTIFICATE", []byte("x"))), "CERTIFICATE"},
	} {
		t.Run("public, "+name, func(t *testing.T) {
			_, err := ParsePublicKey("acme.rsa.pub", []byte(c.text))
			wantError(t, err, "acme.rsa.pub", c.want)
		})
	}
	_, err = ParsePrivateKey("", nil)
	wantError(t, err, "no name")
	_, err = ParsePublicKey("a/b", nil)
	wantError(t, err, "plain file name")
}

func TestPrivateKeyIsNeverPrinted(t *testing.T) {
	key := keyA()
	secret := fmt.Sprint(key.rsa.D)
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "key", key, "value", *key)
	asJSON, err := json.Marshal(struct{ Key *PrivateKey }{key})
	must(t, err)
	printed := fmt.Sprintf("%v %+v %#v %s %d %x %q %v %+v %#v", key, key, key, key, key, key, key, *key, *key, *key) +
		fmt.Sprintf("%+v %#v", struct{ K PrivateKey }{*key}, []*PrivateKey{key}) + log.String() + string(asJSON)
	for _, s := range []string{secret, secret[:40], fmt.Sprintf("%x", key.rsa.D)[:40], fmt.Sprint(key.rsa.Primes[0])[:40]} {
		if strings.Contains(printed, s) {
			t.Errorf("the key is printed: %.200s", printed)
		}
	}
	if !strings.Contains(printed, "private key acme-a.rsa") {
		t.Errorf("the name is not printed: %.200s", printed)
	}
}
