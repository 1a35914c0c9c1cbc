package secretscan

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"strings"
	"testing"
	"testing/iotest"
)

// keys are private keys in each form that they are stored in.
func keys(t *testing.T) map[string]string {
	t.Helper()
	r, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for kind, key := range map[string]any{"rsa": r, "ec": e, "ed25519": ed} {
		der, err := x509.MarshalPKCS8PrivateKey(key)
		if err != nil {
			t.Fatal(err)
		}
		all["PKCS #8 "+kind] = string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
	}
	der, err := x509.MarshalECPrivateKey(e)
	if err != nil {
		t.Fatal(err)
	}
	all["SEC 1"] = string(pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	pkcs1 := pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(r)})
	all["PKCS #1"] = string(pkcs1)
	all["encrypted"] = string(pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(r),
		Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}}))
	noise := make([]byte, 300)
	_, _ = rand.Read(noise)
	for _, kind := range []string{"OPENSSH PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "DSA PRIVATE KEY", "PGP PRIVATE KEY BLOCK",
		"SSH2 ENCRYPTED PRIVATE KEY"} {
		all[kind] = string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: noise}))
	}
	account, err := json.Marshal(map[string]string{"type": "service_account", "private_key": all["PKCS #8 rsa"]})
	if err != nil {
		t.Fatal(err)
	}
	all["a service account"] = string(account)
	all["Windows"] = strings.ReplaceAll(all["PKCS #1"], "\n", "\r\n")
	all["JavaScript"] = "const key = '" + strings.ReplaceAll(strings.TrimSpace(all["PKCS #1"]), "\n", "\\n' +\n  '") + "\\n'\n"
	all["an environment file"] = "KEY=\"" + strings.ReplaceAll(all["PKCS #8 ec"], "\n", "\\n") + "\"\n"
	all["indented"] = "key: |\n  " + strings.ReplaceAll(all["PKCS #1"], "\n", "\n  ")
	all["age"] = "# created\nAGE-SECRET-KEY-1" + strings.Repeat("Q3ZA", 14) + "67\n"
	all["PuTTY"] = "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none\nPublic-Lines: 1\nAAAA\nPrivate-Lines: 1\n" +
		strings.Repeat("Ab1+", 11) + "\nPrivate-MAC: 00\n"
	return all
}

// Each key is found wherever it stands: alone, at the end of a large file, over the edges of what is read at once.
func TestKeysAreFound(t *testing.T) {
	for name, key := range keys(t) {
		for _, before := range []int{0, 1, windowSize - 20, windowSize - maxKey - 100, windowSize + 1, 3*windowSize - 500} {
			text := strings.Repeat("x", before) + "\n" + key
			f, err := Scan("etc/app/some.file", strings.NewReader(text), nil)
			if err != nil || f == nil {
				t.Errorf("%s behind %d bytes: %+v, %v", name, before, f, err)
			}
		}
	}
	if f, err := Scan("x", iotest.OneByteReader(strings.NewReader(keys(t)["PKCS #1"])), nil); err != nil || f == nil {
		t.Errorf("%+v, %v", f, err)
	}
}

func TestOthersAreNot(t *testing.T) {
	for name, text := range map[string]string{
		"a program that knows the words": "if (s.startsWith('-----BEGIN RSA PRIVATE KEY-----')) { parse(s) } else if (s === " +
			"\"-----BEGIN PRIVATE KEY-----\") {}",
		"a document":    "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg...\n-----END PRIVATE KEY-----\n",
		"a placeholder": "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("x", 64) + "\n-----END PRIVATE KEY-----\n",
		"a template":    "-----BEGIN PRIVATE KEY-----\n{{ .Values.key }}\n-----END PRIVATE KEY-----\n",
		"a public key": "-----BEGIN PUBLIC KEY-----\n" + strings.Repeat("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA", 6) +
			"\n-----END PUBLIC KEY-----\n",
		"a certificate": "-----BEGIN CERTIFICATE-----\n" + strings.Repeat("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA", 6) +
			"\n-----END CERTIFICATE-----\n",
		"a test key of Go": "-----BEGIN RSA TESTING KEY-----\n" + strings.Repeat("MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA", 6) +
			"\n-----END RSA TESTING KEY-----\n",
		"a prefix of age":    "keys begin with AGE-SECRET-KEY-1 and",
		"words in a program": "\x00-----BEGIN \x00RSA PRIVATE KEY\x00-----END \x00PRIVATE KEY\x00ENCRYPTED PRIVATE KEY\x00",
	} {
		if f, err := Scan("etc/x", strings.NewReader(text), nil); err != nil || f != nil {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
	}
}

func TestCredentials(t *testing.T) {
	for name, tc := range map[string]struct{ secret, harmless string }{
		".npmrc": {"//registry.npmjs.org/:_authToken=npm_0123456789abcdef\n",
			"registry=https://example.org\n//registry.npmjs.org/:_authToken=${NPM_TOKEN}\n"},
		".pypirc": {"[pypi]\nusername = __token__\npassword = pypi-AgEIcHlwaS5vcmc\n",
			"[distutils]\nindex-servers = pypi\n"},
		".netrc":           {"machine example.org login me password hunter22\n", "machine example.org login me\n"},
		".git-credentials": {"https://me:hunter22@example.org\n", "https://example.org\n"},
		".git/config": {"[http \"https://github.com/\"]\n\textraheader = AUTHORIZATION: basic eDp5\n",
			"[core]\n\tbare = false\n"},
		".docker/config.json": {`{"auths": {"ghcr.io": {"auth": "bWU6aHVudGVyMjI="}}}`, `{"auths": {}, "credsStore": "pass"}`},
		".aws/credentials": {"[default]\naws_secret_access_key = wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEY\n",
			"[default]\nregion = eu-west-1\n"},
		".kube/config":            {"users:\n- user:\n    client-key-data: LS0tLS1CRUdJTiBSU0E=\n", "clusters: []\n"},
		".cargo/credentials.toml": {"[registry]\ntoken = \"cio0123456789\"\n", "[registry]\n"},
		"auth.json":               {`{"github-oauth": {"github.com": "ghp_0123456789"}}`, `{"users": []}`},
		".pgpass":                 {"db:5432:app:app:hunter2\n", "# host:port:db:user:password\n"},
	} {
		for _, dir := range []string{"", "var/lib/app/"} {
			if f, err := Scan(dir+name, strings.NewReader(tc.secret), nil); err != nil || f == nil {
				t.Errorf("%s%s: nothing is found, %v", dir, name, err)
			}
		}
		if f, err := Scan("var/lib/app/"+name, strings.NewReader(tc.harmless), nil); err != nil || f != nil {
			t.Errorf("%s: %+v, %v", name, f, err)
		}
		if f, err := Scan("var/lib/app/my"+strings.ReplaceAll(name, "/", "-"), strings.NewReader(tc.secret), nil); err != nil || f != nil {
			t.Errorf("another name than %s: %+v, %v", name, f, err)
		}
	}
}

func TestInDependency(t *testing.T) {
	for name, want := range map[string]bool{
		"var/lib/app/node_modules/public-encrypt/test/rsa.pem": true, "usr/lib/python3.12/site-packages/x/key.pem": true,
		"var/lib/app/vendor/bundle/gems/x/spec/key.pem": true, "var/lib/app/key.pem": false, "var/lib/app/node_modules": false,
		"var/lib/app/my_node_modules/key.pem": false, "var/lib/vendor/key.pem": true,
		"usr/lib/app/python/lib/python3.12/test/certdata/keycert.pem": true, "usr/lib/python/key.pem": false,
	} {
		if got := InDependency(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func FuzzScan(f *testing.F) {
	f.Add([]byte("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"))
	f.Add([]byte("PuTTY-User-Key-File-3: x\nPrivate-Lines: 1\nAAAAAAAAAAAAAAAAAAAA"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, name := range []string{"x", ".npmrc", ".git/config", "auth.json"} {
			if _, err := Scan(name, bytes.NewReader(text), nil); err != nil {
				t.Error(err)
			}
		}
	})
}

// 64 MiB of a program.
func BenchmarkScan(b *testing.B) {
	text := make([]byte, 64<<20)
	_, _ = rand.Read(text)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		if _, err := Scan("usr/bin/x", bytes.NewReader(text), nil); err != nil {
			b.Fatal(err)
		}
	}
}
