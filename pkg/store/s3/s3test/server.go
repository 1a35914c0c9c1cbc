// Package s3test gives tests S3 servers to publish to: a real one, a proxy before it that makes it
// ignore conditions, and a fake that fails on demand.
package s3test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync/atomic"
	"testing"

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
