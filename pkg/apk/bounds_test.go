package apk

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/rsa"
	"crypto/x509"
	"encoding/asn1"
	"io"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Each bound of a package has an error that names it.
func TestPackageBounds(t *testing.T) {
	data := tarMember(t, true, [2]string{"srv/a", "x"})
	signatures := func(n, size int) [][2]string {
		var all [][2]string
		for range n {
			all = append(all, [2]string{".SIGN.RSA256.a.rsa.pub", strings.Repeat("s", size)})
		}
		return all
	}
	for name, c := range map[string]struct {
		content []byte
		want    string
	}{
		"control, decompressed": {build(t, minimal, data, [2]string{".post-install", strings.Repeat("#", maxControl)}),
			"longer than the 16 MiB that are allowed when decompressed"},
		".PKGINFO": {build(t, minimal+strings.Repeat("depend = a\n", maxInfo/11), data), "at most 2 MiB are allowed"},
		"two scripts": {build(t, minimal, data, [2]string{".post-install", "x"}, [2]string{".post-install", "y"}),
			"two .post-install"},
		"signatures":       {tarMember(t, false, signatures(maxSigners+1, 256)...), "more than the 64 that are allowed"},
		"a signature":      {tarMember(t, false, signatures(1, maxSignatureSize+1)...), "at most 16 KiB are allowed"},
		"signature member": {tarMember(t, false, signatures(70, maxSignatureSize)...), "at most 1 MiB are allowed"},
		"version":          {build(t, "pkgname = a\npkgver = "+strings.Repeat("1", 129)+"\narch = x86\n", data), "129 bytes, at most 128"},
		"architecture":     {build(t, "pkgname = a\npkgver = 1\narch = "+strings.Repeat("x", 129)+"\n", data), "129 bytes, at most 128"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Read(bytes.NewReader(c.content))
			wantError(t, err, c.want)
		})
	}
}

// A data member of a few hundred kilobytes can have millions of entries.
func TestFilesBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	var header bytes.Buffer
	w := tar.NewWriter(&header)
	must(t, w.WriteHeader(&tar.Header{Name: "a", Mode: 0o644}))
	var data bytes.Buffer
	z, err := gzip.NewWriterLevel(&data, gzip.BestSpeed)
	must(t, err)
	many := bytes.Repeat(header.Bytes(), 1024)
	for range maxFiles/1024 + 1 {
		_, err := z.Write(many)
		must(t, err)
	}
	must(t, z.Close())
	n := 0
	_, err = Files(bytes.NewReader(build(t, minimal, data.Bytes())), func(*tar.Header, io.Reader) error { n++; return nil })
	wantError(t, err, "more than the 1048576 entries that are allowed")
	if n != maxFiles {
		t.Errorf("%d entries were passed on, want %d", n, maxFiles)
	}
}

// Characters that nobody sees are refused by the name of their field, and what reads them shows all else.
func TestHiddenCharacters(t *testing.T) {
	data := tarMember(t, true)
	for _, line := range []string{"pkgdesc = \x1b[31mred", "license = M\u202eIT", "url = https://a\u200b.example", "maintainer = a\u009b",
		"packager = \xff", "depend = a\u202e", "provides = so:a\u200b"} {
		pkg, err := Read(bytes.NewReader(build(t, minimal+line+"\n", data)))
		must(t, err)
		key, _, _ := strings.Cut(line, " ")
		wantError(t, pkg.Info.CheckTexts(), ".PKGINFO: "+key+": ")
	}
	pkg, err := Read(bytes.NewReader(build(t, minimal+"pkgdesc = Grüße, 日本\ndepend = a\u00a0b c\n", data)))
	must(t, err)
	must(t, pkg.Info.CheckTexts())
	if got := pkg.Info.Depends; len(got) != 2 || got[0] != "a\u00a0b" {
		t.Errorf("%q: a no-break space does not end an element", got)
	}
	signed := append(tarMember(t, false, [2]string{".SIGN.RSA256.\x1b[31mevil.rsa.pub", "x"}), build(t, minimal, data)...)
	head, err := ReadHead(bytes.NewReader(signed))
	must(t, err)
	if err := head.Verify(keyA().Public()); err == nil || strings.Contains(err.Error(), "\x1b") {
		t.Errorf("%q shows the name of a key as it is", err)
	}
}

func TestKeyBounds(t *testing.T) {
	huge := new(big.Int).Lsh(big.NewInt(1), 1_000_000)
	big17 := new(big.Int).Lsh(big.NewInt(1), 17_000)
	start := time.Now()
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"a million bits": {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: huge, E: 65537})),
			"at most 16 KiB are allowed"},
		"17,001 bits": {block("RSA PUBLIC KEY", x509.MarshalPKCS1PublicKey(&rsa.PublicKey{N: big17, E: 65537})),
			"it has 17001 bits, at most 16384"},
		"large text": {bytes.Repeat([]byte("x"), maxKeyText+1), "at most 256 KiB are allowed"},
	} {
		_, err := ParsePublicKey("a.rsa.pub", c.text)
		wantError(t, err, c.want)
		if name == "large text" {
			_, err = SplitKeys(c.text)
			wantError(t, err, c.want)
		}
	}
	// Numbers that make no key, as large as their form allows.
	type pkcs1 struct{ Version, N, E, D, P, Q, Dp, Dq, Qinv *big.Int }
	n := new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), 30_000), big.NewInt(1))
	der, err := asn1.Marshal(pkcs1{new(big.Int), n, big.NewInt(65537), n, n, n, big.NewInt(1), big.NewInt(1), big.NewInt(1)})
	must(t, err)
	_, err = ParsePrivateKey("a.rsa", block("RSA PRIVATE KEY", der))
	wantError(t, err, "a.rsa")
	if took := time.Since(start); took > 20*time.Second {
		t.Errorf("refusing keys took %v", took)
	}
}

// A protected key says how much work a password is to be.
func TestPasswordBounds(t *testing.T) {
	protected := func(oid asn1.ObjectIdentifier, parameters any) []byte {
		text, err := asn1.Marshal(parameters)
		must(t, err)
		type kdf struct {
			ID         asn1.ObjectIdentifier
			Parameters asn1.RawValue
		}
		type pbes2 struct{ KDF, Cipher kdf }
		cipher := kdf{asn1.ObjectIdentifier{2, 16, 840, 1, 101, 3, 4, 1, 42},
			asn1.RawValue{Tag: asn1.TagOctetString, Bytes: make([]byte, 16)}}
		der, err := asn1.Marshal(struct {
			Algorithm struct {
				ID         asn1.ObjectIdentifier
				Parameters pbes2
			}
			Data []byte
		}{struct {
			ID         asn1.ObjectIdentifier
			Parameters pbes2
		}{asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 5, 13}, pbes2{kdf{oid, asn1.RawValue{FullBytes: text}}, cipher}}, make([]byte, 32)})
		must(t, err)
		return block("ENCRYPTED PRIVATE KEY", der)
	}
	type pbkdf2 struct {
		Salt       []byte
		Iterations int
	}
	type scrypt struct {
		Salt    []byte
		N, R, P int
	}
	for want, text := range map[string][]byte{
		"uses 2000000000 rounds of PBKDF2":               protected(oidPBKDF2, pbkdf2{make([]byte, 8), 2_000_000_000}),
		"uses 0 rounds":                                  protected(oidPBKDF2, pbkdf2{make([]byte, 8), 0}),
		"uses scrypt with a cost of 16777216, blocks of": protected(oidScrypt, scrypt{make([]byte, 8), 1 << 24, 8, 1}),
		"and 1000 runs":                                  protected(oidScrypt, scrypt{make([]byte, 8), 1024, 8, 1000}),
		"neither PBKDF2 nor scrypt":                      protected(asn1.ObjectIdentifier{1, 2, 3}, pbkdf2{make([]byte, 8), 1}),
	} {
		start := time.Now()
		_, err := ParsePrivateKey("a.rsa", text, "password")
		wantError(t, err, want)
		if time.Since(start) > 5*time.Second {
			t.Errorf("%s: took %v", want, time.Since(start))
		}
	}
}

func TestReadKeyFile(t *testing.T) {
	dir := t.TempDir()
	large, fifo := filepath.Join(dir, "large"), filepath.Join(dir, "fifo")
	must(t, os.WriteFile(large, nil, 0o600))
	must(t, os.Truncate(large, 1<<40)) // sparse
	must(t, syscall.Mkfifo(fifo, 0o600))
	for path, want := range map[string]string{large: "at most 256 KiB are allowed", fifo: "not a regular file", dir: "not a regular file",
		"/dev/zero": "at most 256 KiB are allowed", dir + "/none": "no such file"} {
		_, err := ReadKeyFile(path)
		wantError(t, err, want)
	}
	good := filepath.Join(dir, "good")
	must(t, os.WriteFile(good, keyA().PEM(), 0o600))
	text, err := ReadKeyFile(good)
	must(t, err)
	_, err = ParsePrivateKey("good.rsa", text)
	must(t, err)
}
