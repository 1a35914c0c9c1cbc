package s3test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// program is a server that is built from a module of its own.
type program struct {
	name    string // names the file in the cache, with the version
	tool    string // the package that is built
	version string // as in the module's go.mod
	module  string // directory below test/
}

var (
	versitygw = program{"versitygw", "github.com/versity/versitygw/cmd/versitygw", "v1.8.0", "s3server"}
	minIO     = program{"minio", "github.com/minio/minio", "v0.0.0-20260212201848-7aac2a2c5b7c", "s3server/minio"}
)

// build returns the path of the program. Test binaries that run at once build it once.
func (p program) build(t testing.TB) string {
	t.Helper()
	if testing.Short() {
		t.Skipf("needs %s, which is not built under -short", p.name)
	}
	if _, err := exec.LookPath("go"); err != nil {
		t.Skipf("needs the go command to build %s: %v", p.name, err)
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	cache = filepath.Join(cache, "pakman-test")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(cache, p.name+"-"+p.version)
	defer lock(t, path+".lock")()
	if _, err := os.Stat(path); err == nil {
		return path
	}
	_, source, _, _ := runtime.Caller(0)
	cmd := exec.Command("go", "build", "-trimpath", "-o", path+".new", p.tool)
	cmd.Dir = filepath.Join(filepath.Dir(source), "..", "..", "..", "..", "test", filepath.FromSlash(p.module))
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s in %s: %v\n%s", p.name, cmd.Dir, err, out)
	}
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	return path
}

// lock waits for the lock file and returns the function that frees it.
func lock(t testing.TB, path string) func() {
	t.Helper()
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		t.Fatal(err)
	}
	return func() { _ = f.Close() }
}

// Domain is a host name that the servers' certificates hold, and those below it; nobody resolves it.
const Domain = "s3.test"

// WriteCertificate makes a certificate of 127.0.0.1 and Domain that is its own authority, and its key.
func WriteCertificate(t testing.TB, certFile, keyFile string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "pakman test"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		DNSNames:    []string{Domain, "*." + Domain},
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{
		certFile: {Type: "CERTIFICATE", Bytes: cert}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER},
	} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
