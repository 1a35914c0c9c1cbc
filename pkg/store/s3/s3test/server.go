// Package s3test gives tests S3 servers to publish to: a real one, a proxy before it that makes it
// ignore conditions, and a fake that fails on demand.
package s3test

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store/s3"
)

// Server is an S3 server on the loopback interface, over TLS with a certificate authority of its own.
type Server struct {
	Endpoint  string // https://127.0.0.1:PORT
	AccessKey string
	SecretKey string
	CAFile    string // PEM; SSL_CERT_FILE for child processes

	buckets atomic.Int64
}

// Start runs versitygw for the length of the test, built where this machine has not built it before, and
// waits until it answers. It skips the test under -short and where there is no go command.
func Start(t testing.TB) *Server {
	t.Helper()
	return start(t, versitygw, "/", func(s *Server, path, address, dir string) *exec.Cmd {
		return exec.Command(path, "--port", address, "--cert", s.CAFile, "--key", filepath.Join(dir, "private.key"), "--keep-alive",
			"--quiet", "--virtual-domain", Domain,
			"posix", "--versioning-dir", filepath.Join(dir, "versions"), filepath.Join(dir, "data"))
	})
}

// StartMinIO is Start with MinIO, whose building takes minutes and 1.5 GB the first time.
func StartMinIO(t testing.TB) *Server {
	t.Helper()
	return startMinIO(t)
}

// Key is the name of the key with which StartMinIOWithKey encrypts.
const Key = "test-key"

// StartMinIOWithKey starts MinIO with a key management service of one key.
func StartMinIOWithKey(t testing.TB) *Server {
	t.Helper()
	return startMinIO(t, "MINIO_KMS_SECRET_KEY="+Key+":"+base64.StdEncoding.EncodeToString(make([]byte, 32)))
}

func startMinIO(t testing.TB, env ...string) *Server {
	t.Helper()
	s := start(t, minIO, "/minio/health/ready", func(_ *Server, path, address, dir string) *exec.Cmd {
		cmd := exec.Command(path, "server", "--quiet", "--address", address, "--certs-dir", dir, filepath.Join(dir, "data"))
		cmd.Env = append(slices.Clip(env), "MINIO_DOMAIN="+Domain)
		return cmd
	})
	s.await(t, func() error { // it says that it is ready before it knows its users
		_, err := s.Session("")
		return err
	})
	return s
}

// await calls until it works, for half a minute.
func (s *Server) await(t testing.TB, works func() error) {
	t.Helper()
	var err error
	for range 300 {
		if err = works(); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("%s is not ready: %v", s.Endpoint, err)
}

// start runs the program; it is up when it answers to ready.
func start(t testing.TB, p program, ready string, command func(s *Server, path, address, dir string) *exec.Cmd) *Server {
	t.Helper()
	path := p.build(t)
	s := &Server{AccessKey: "test-access", SecretKey: rand.Text()}
	dir := t.TempDir()
	s.CAFile = filepath.Join(dir, "public.crt")
	WriteCertificate(t, s.CAFile, filepath.Join(dir, "private.key"))
	for _, name := range []string{"data", "versions"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for range 5 { // another program may take the port first
		address := freePort(t)
		s.Endpoint = "https://" + address
		if s.run(t, dir, ready, command(s, path, address, dir)) {
			return s
		}
	}
	log, _ := os.ReadFile(filepath.Join(dir, "log"))
	t.Fatalf("%s does not start:\n%s", p.name, log)
	return nil
}

// run starts the server and tells whether it came up.
func (s *Server) run(t testing.TB, dir, ready string, cmd *exec.Cmd) bool {
	t.Helper()
	log, err := os.Create(filepath.Join(dir, "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = append(cmd.Env,
		"HOME="+dir, "ROOT_ACCESS_KEY_ID="+s.AccessKey, "ROOT_SECRET_ACCESS_KEY="+s.SecretKey,
		"MINIO_ROOT_USER="+s.AccessKey, "MINIO_ROOT_PASSWORD="+s.SecretKey, "MINIO_BROWSER=off", "MINIO_UPDATE=off",
	)
	dieWithParent(cmd)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		_ = log.Close()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	client := &http.Client{Transport: s.Transport(), Timeout: time.Second}
	for range 3000 {
		if r, err := client.Get(s.Endpoint + ready); err == nil && r.Body.Close() == nil && r.StatusCode < http.StatusInternalServerError {
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
	return false
}

func freePort(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String()
}

// Transport trusts the server's certificate.
func (s *Server) Transport() *http.Transport {
	pem, err := os.ReadFile(s.CAFile)
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(pem) {
		panic(fmt.Sprintf("no certificate in %s: %v", s.CAFile, err))
	}
	return &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, MaxIdleConnsPerHost: 32}
}

// Env returns the environment with which a child process finds the server.
func (s *Server) Env() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + s.Endpoint, "AWS_REGION=us-east-1", "SSL_CERT_FILE=" + s.CAFile,
		"AWS_ACCESS_KEY_ID=" + s.AccessKey, "AWS_SECRET_ACCESS_KEY=" + s.SecretKey,
	}
}

// Bucket makes a bucket; a name of its own when name is empty.
func (s *Server) Bucket(t testing.TB, name string) string {
	t.Helper()
	if name == "" {
		name = fmt.Sprintf("bucket-%d", s.buckets.Add(1))
	}
	client, err := s.client()
	if err == nil {
		err = client.MakeBucket(context.Background(), name, minio.MakeBucketOptions{})
	}
	if err != nil {
		t.Fatalf("making bucket %s: %v", name, err)
	}
	return name
}

// SetPolicy says who may do what in the bucket.
func (s *Server) SetPolicy(t testing.TB, bucket, policy string) {
	t.Helper()
	client, err := s.client()
	if err == nil {
		err = client.SetBucketPolicy(context.Background(), bucket, policy)
	}
	if err != nil {
		t.Fatalf("the policy of bucket %s: %v", bucket, err)
	}
}

func (s *Server) client() (*minio.Client, error) {
	return minio.New(strings.TrimPrefix(s.Endpoint, "https://"), &minio.Options{
		Creds: credentials.NewStaticV4(s.AccessKey, s.SecretKey, ""), Secure: true, Region: "us-east-1", Transport: s.Transport(),
	})
}

// Core returns the client of the server's root user, for single requests.
func (s *Server) Core(t testing.TB) *minio.Core {
	t.Helper()
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	return &minio.Core{Client: client}
}

// Uploads returns how many uploads in parts of key have begun and neither ended nor been removed.
func (s *Server) Uploads(t testing.TB, bucket, key string) (n int) {
	t.Helper()
	client, err := s.client()
	if err != nil {
		t.Fatal(err)
	}
	for upload := range client.ListIncompleteUploads(context.Background(), bucket, key, true) {
		if upload.Err != nil {
			t.Fatalf("listing the uploads of %s: %v", key, upload.Err)
		}
		n++
	}
	return n
}

// Config reaches the server's bucket.
func (s *Server) Config(bucket string) s3.Config {
	return s3.Config{
		Endpoint: s.Endpoint, Bucket: bucket, AccessKeyID: s.AccessKey, SecretAccessKey: secret.New(s.SecretKey),
		Transport: s.Transport(),
	}
}

// Store returns a store of the bucket.
func (s *Server) Store(t testing.TB, bucket string) *s3.Store {
	t.Helper()
	return New(t, s.Config(bucket))
}

// New is s3.New, and fails the test on an error.
func New(t testing.TB, cfg s3.Config) *s3.Store {
	t.Helper()
	st, err := s3.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return st
}
