package s3_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

// A server with a key encrypts as it is asked to, small objects and such as are sent in parts, and keeps the contract of a store
// although its ETags are no digests then. Without a key it refuses, and the message names the user's setting.
func TestEncryption(t *testing.T) {
	t.Parallel()
	server := s3test.StartMinIOWithKey(t)
	parts := largeContent(t)
	for _, c := range []struct {
		encryption s3.Encryption
		key, want  string
	}{{s3.SSES3, "", "AES256"}, {s3.SSEKMS, "", "aws:kms"}, {"", s3test.Key, "aws:kms arn:aws:kms:" + s3test.Key}} {
		cfg := server.Config(server.Bucket(t, ""))
		cfg.Encryption, cfg.KMSKey = c.encryption, c.key
		st := s3test.New(t, cfg)
		for key, content := range map[string]store.Content{"small": store.BytesContent([]byte("x")), "large": parts} {
			if _, err := st.Put(t.Context(), key, content, store.PutOptions{IfAbsent: true}); err != nil {
				t.Fatalf("%s: %v", c.want, err)
			}
			info, err := server.Core(t).StatObject(t.Context(), cfg.Bucket, key, minio.StatObjectOptions{})
			got := info.Metadata.Get("X-Amz-Server-Side-Encryption") + " " +
				info.Metadata.Get("X-Amz-Server-Side-Encryption-Aws-Kms-Key-Id")
			if err != nil || !strings.HasPrefix(got, c.want) {
				t.Errorf("%s, %s: encrypted with %q, %v", c.want, key, got, err)
			}
		}
	}
	kms := server.Config(server.Bucket(t, ""))
	kms.Encryption = s3.SSEKMS
	t.Run("contract", func(t *testing.T) { storetest.Run(t, s3test.New(t, kms)) })
	plain := s3test.StartMinIO(t)
	refused := plain.Config(plain.Bucket(t, ""))
	refused.KMSKey = "mine"
	_, err := storetest.Put(s3test.New(t, refused), "key", "x", store.PutOptions{})
	if problem, ok := errors.AsType[*store.Problem](err); !ok || !strings.Contains(problem.Hint, "check --sse and --sse-kms-key-id") {
		t.Errorf("without a key: %v", err)
	}
}

// largeContent is sent in parts.
func largeContent(t *testing.T) store.Content {
	t.Helper()
	path := filepath.Join(t.TempDir(), "large")
	if err := os.WriteFile(path, make([]byte, store.Large+1), 0o600); err != nil {
		t.Fatal(err)
	}
	content, err := store.FileContent(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// headerRecorder remembers the headers of requests.
type headerRecorder struct {
	http.RoundTripper
	mu      sync.Mutex
	written map[string]string // the access control list, by what was asked
}

func (r *headerRecorder) RoundTrip(q *http.Request) (*http.Response, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	what := q.Method
	for _, parameter := range []string{"uploads", "uploadId"} {
		if q.URL.Query().Has(parameter) {
			what += " " + parameter
		}
	}
	r.written[what] = q.Header.Get("X-Amz-Acl")
	return r.RoundTripper.RoundTrip(q)
}

// record has a store ask for a list, and remembers the headers of its requests.
func record(t *testing.T, cfg s3.Config) (store.Store, *headerRecorder) {
	t.Helper()
	r := &headerRecorder{RoundTripper: http.DefaultTransport, written: map[string]string{}}
	if cfg.Transport != nil {
		r.RoundTripper = cfg.Transport
	}
	cfg.Transport, cfg.ACL = r, "public-read"
	return s3test.New(t, cfg), r
}

// Each request with which an object begins says who may read it, and no other does.
func TestACL(t *testing.T) {
	t.Parallel()
	server := s3test.StartMinIO(t) // which takes the header, and has no lists
	st, r := record(t, server.Config(server.Bucket(t, "")))
	if _, err := storetest.Put(st, "key", "x", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	storetest.Read(t, st, "key")
	if _, err := st.Put(t.Context(), "large", largeContent(t), store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	for what, want := range map[string]string{
		"PUT": "public-read", "GET": "", "POST uploads": "public-read", "PUT uploadId": "", "POST uploadId": "",
	} {
		if got, asked := r.written[what]; got != want || !asked {
			t.Errorf("%s: %q, want %q; asked: %v", what, got, want, asked)
		}
	}
}

// A bucket without lists refuses them, and the message names the user's setting.
func TestRefusedACL(t *testing.T) {
	t.Parallel()
	fake := s3test.StartFake(t)
	fake.Inject(func(*http.Request) *s3test.Fault {
		return &s3test.Fault{Status: http.StatusBadRequest, Code: "AccessControlListNotSupported"}
	})
	st, _ := record(t, fake.Config())
	_, err := storetest.Put(st, "key", "x", store.PutOptions{})
	if problem, ok := errors.AsType[*store.Problem](err); !ok || !strings.Contains(problem.Hint, "remove --acl") {
		t.Errorf("%v", err)
	}
}

// What is no encryption and no access control list is found before anything is asked.
func TestWrongWriteOptions(t *testing.T) {
	for want, change := range map[string]func(*s3.Config){
		`the encryption "aes" is not known: set --sse to AES256 or aws:kms`:          func(c *s3.Config) { c.Encryption = "aes" },
		"set --sse to aws:kms, or remove --sse-kms-key-id":                           func(c *s3.Config) { c.Encryption, c.KMSKey = s3.SSES3, "k" },
		`"public-read-write" is not one that objects can be given: set --acl to one`: func(c *s3.Config) { c.ACL = "public-read-write" },
	} {
		cfg := s3.Config{Bucket: "bucket"}
		change(&cfg)
		problem, ok := errors.AsType[*store.Problem](func() error { _, err := s3.New(cfg); return err }())
		if !ok || !strings.Contains(problem.Error(), want) {
			t.Errorf("%v", problem)
		}
	}
}
