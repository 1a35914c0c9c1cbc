package apk

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// runTool runs a command in dir that must succeed and returns its output.
func runTool(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(tool(t, name), args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "PASSWORD=correct horse", "GNUPGHOME="+dir)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(cmd.Args, " "), err, out)
	}
	return string(out)
}

// Keys that openssl writes, in each form, are the same key.
func TestKeysOfOpenSSL(t *testing.T) {
	dir := t.TempDir()
	openssl := func(args ...string) string { return runTool(t, dir, "openssl", args...) }
	openssl("genrsa", "-out", "key.rsa", "2048")
	openssl("pkey", "-in", "key.rsa", "-pubout", "-out", "key.rsa.pub")
	openssl("rsa", "-in", "key.rsa", "-RSAPublicKey_out", "-out", "pkcs1.pub")
	openssl("pkey", "-in", "key.rsa", "-pubout", "-outform", "DER", "-out", "public.der")
	fingerprint, _, _ := strings.Cut(openssl("dgst", "-sha256", "-r", "public.der"), " ")

	for _, args := range []string{
		"pkey", "rsa -traditional",
		"pkcs8 -topk8 -v2 aes-256-cbc -passout env:PASSWORD", "pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1 -passout env:PASSWORD",
		"pkcs8 -topk8 -v2 des3 -passout env:PASSWORD", "pkcs8 -topk8 -scrypt -passout env:PASSWORD",
		"pkey -aes256 -passout env:PASSWORD", "genrsa",
		"rsa -traditional -aes128 -passout env:PASSWORD", "rsa -traditional -des3 -passout env:PASSWORD",
	} {
		file := "key.rsa"
		if args != "genrsa" {
			file = "form.rsa"
			openssl(append(strings.Fields(args), "-in", "key.rsa", "-out", file)...)
		}
		text := readTestFile(t, dir, file)
		key, err := ParsePrivateKey("acme.rsa", text, "wrong", "correct horse")
		if err != nil {
			t.Errorf("%s: %v", args, err)
			continue
		}
		if got := key.Public().Fingerprint(); got != fingerprint {
			t.Errorf("%s: fingerprint %s, of openssl %s", args, got, fingerprint)
		}
		if !bytes.Equal(key.Public().PEM(), readTestFile(t, dir, "key.rsa.pub")) {
			t.Errorf("%s: the public key is not written as openssl writes it", args)
		}
		if !strings.Contains(args, "PASSWORD") {
			continue
		}
		_, err = ParsePrivateKey("acme.rsa", text)
		wantError(t, err, "acme.rsa", "password, and none is given", "openssl pkey")
		_, err = ParsePrivateKey("acme.rsa", text, "wrong")
		wantError(t, err, "acme.rsa", "password, which the given password does not open")
		_, err = ParsePublicKey("acme.rsa.pub", text)
		wantError(t, err, "this is a private key")
	}
	public, err := ParsePublicKey("acme.rsa.pub", readTestFile(t, dir, "pkcs1.pub"))
	if err != nil || public.Fingerprint() != fingerprint {
		t.Errorf("a public key in PKCS#1: %v", err)
	}
}

func readTestFile(t *testing.T, dir, name string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	must(t, err)
	return text
}

// What people take for a key of apk's, as the tools write it, is each called by its name.
func TestMistakenKeysOfTools(t *testing.T) {
	for _, c := range []struct{ name, command, want string }{
		{"EC", "openssl ecparam -genkey -name prime256v1 -out key", "EC"},
		{"EC in PKCS#8", "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key", "elliptic-curve"},
		{"Ed25519", "openssl genpkey -algorithm ED25519 -out key", "Ed25519"},
		{"X25519", "openssl genpkey -algorithm X25519 -out key", "elliptic-curve"},
		{"Ed448", "openssl genpkey -algorithm ED448 -out key", "of a kind that apk does not know"},
		{"RSA-PSS", "openssl genpkey -algorithm RSA-PSS -out key", "only plain RSA"},
		{"certificate", "openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=x -keyout other -out key", "this is a CERTIFICATE"},
		{"request", "openssl req -newkey rsa:2048 -nodes -subj /CN=x -keyout other -out key", "this is a CERTIFICATE REQUEST"},
		{"public", "openssl genrsa -out other 2048; openssl pkey -in other -pubout -out key", "this is a public key"},
		{"DER", "openssl genrsa -out other 2048; openssl pkey -in other -outform DER -out key", "openssl pkey -inform DER"},
		{"small", "openssl genrsa -out key 1024", "1024 bits"},
		{"OpenSSH", "ssh-keygen -q -t rsa -N  -f key", "ssh-keygen -p -m PEM"},
		{"OpenSSH, Ed25519", "ssh-keygen -q -t ed25519 -N  -f key", "OpenSSH key"},
		{"OpenSSH public", "ssh-keygen -q -t ed25519 -N  -f other; mv other.pub key", "OpenSSH public key"},
		{"GPG", "gpg --batch --passphrase  --quick-gen-key x rsa2048; gpg --batch --armor --output key --export-secret-keys", "GPG key"},
		{"GPG public", "gpg --batch --passphrase  --quick-gen-key x rsa2048; gpg --batch --armor --output key --export", "GPG key"},
		{"GPG binary", "gpg --batch --passphrase  --quick-gen-key x rsa2048; gpg --batch --output key --export-secret-keys", "GPG key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for command := range strings.SplitSeq(c.command, "; ") {
				words := strings.Split(command, " ")
				runTool(t, dir, words[0], words[1:]...)
			}
			_, err := ParsePrivateKey("acme.rsa", readTestFile(t, dir, "key"))
			wantError(t, err, "acme.rsa", c.want)
		})
	}
}

func TestSplitKeys(t *testing.T) {
	a, b := keyA().PEM(), keyB().PEM()
	both := bytes.Join([][]byte{[]byte("# the new key\r\n"), a, []byte("\n\nthe old key\n"), keyB().Public().PEM(), b}, nil)
	keys, err := SplitKeys(both)
	if err != nil || len(keys) != 2 || !bytes.Equal(keys[0], a) || !bytes.Equal(keys[1], b) {
		t.Errorf("%d keys, %v", len(keys), err)
	}
	for _, text := range []string{"", "hello", string(keyA().Public().PEM())} {
		if keys, err := SplitKeys([]byte(text)); err != nil || len(keys) != 1 || string(keys[0]) != text {
			t.Errorf("%q: %q, %v", text, keys, err)
		}
	}
	_, err = SplitKeys(both[:len(both)-100])
	wantError(t, err, "of 3 PEM blocks 2 can be read")
}
