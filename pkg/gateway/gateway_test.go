package gateway_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/gateway"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

const (
	indexKey   = "v3.24/main/x86_64/APKINDEX.tar.gz"
	packageKey = "v3.24/main/x86_64/a+b~1.0-r0.apk"
)

// safeBuffer takes the log of requests that are answered at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// start shows the store, and what is logged.
func start(t *testing.T, o gateway.Options) (*httptest.Server, *safeBuffer) {
	t.Helper()
	log := &safeBuffer{}
	o.Log = slog.New(slog.NewTextHandler(log, nil))
	if o.Served == nil {
		o.Served = repository.Selection{}.Served
	}
	server := httptest.NewServer(gateway.Handler(o))
	t.Cleanup(server.Close)
	return server, log
}

func fill(t *testing.T, st store.Store, objects map[string]string) {
	t.Helper()
	for key, text := range objects {
		if _, err := storetest.Put(st, key, text, store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
	}
}

// ask makes a request as it stands, without the client's own ideas of a path or of compression.
func ask(t *testing.T, server *httptest.Server, method, path string, header ...string) (*http.Response, string) {
	t.Helper()
	r, err := http.NewRequest(method, server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.URL.Opaque = path
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}, CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}}
	defer client.CloseIdleConnections()
	resp, err := client.Do(r)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.Body.Close() != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	return resp, string(text)
}

func stores(t *testing.T) map[string]store.Store {
	t.Helper()
	root, err := dir.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := s3test.Start(t)
	cfg := server.Config(server.Bucket(t, ""))
	cfg.Prefix = "some/prefix"
	minio := s3test.StartMinIO(t)
	return map[string]store.Store{"dir": root, "versitygw": s3test.New(t, cfg), "MinIO": minio.Store(t, minio.Bucket(t, ""))}
}

// What a client sees of a directory and of private buckets of real servers.
func TestServe(t *testing.T) {
	for name, st := range stores(t) {
		t.Run(name, func(t *testing.T) {
			fill(t, st, map[string]string{indexKey: "the index", packageKey: "0123456789", "keys/acme.rsa.pub": "key",
				"secret.txt":                     "secret",
				"v3.24/main/x86_64/retired.json": "{}", "v3.24/main/index.html": "<p>"})
			server, _ := start(t, gateway.Options{Store: st})
			const apkURL = "/v3.24/main/x86_64/a+b%7E1.0-r0.apk"
			for _, c := range []struct {
				method, path string
				header       []string
				status       int
				body         string
				want         map[string]string
			}{
				{"GET", "/" + indexKey, nil, 200, "the index",
					map[string]string{"Content-Type": "application/gzip", "Cache-Control": "no-cache", "Content-Length": "9",
						"Accept-Ranges": "bytes", "Content-Encoding": ""}},
				{"HEAD", "/" + indexKey, nil, 200, "", map[string]string{"Content-Type": "application/gzip", "Content-Length": "9"}},
				{"GET", "/" + indexKey, []string{"Range", "bytes=4-"}, 206, "index", map[string]string{"Content-Range": "bytes 4-8/9"}},
				{"GET", apkURL, nil, 200, "0123456789", map[string]string{"Content-Type": "application/octet-stream",
					"Cache-Control": "public, max-age=31536000, immutable", "Content-Length": "10"}},
				{"GET", "/" + packageKey, []string{"Range", "bytes=7-"}, 206, "789",
					map[string]string{"Content-Range": "bytes 7-9/10", "Content-Length": "3"}},
				{"GET", apkURL, []string{"Range", "bytes=2-4"}, 206, "234", map[string]string{"Content-Range": "bytes 2-4/10"}},
				{"GET", apkURL, []string{"Range", "bytes=-2"}, 206, "89", nil},
				{"GET", apkURL, []string{"Range", "bytes=0-1,4-5"}, 200, "0123456789", nil},
				{"GET", apkURL, []string{"Range", "bytes=10-"}, 416, "", map[string]string{"Content-Range": "bytes */10"}},
				{"HEAD", apkURL, []string{"Range", "bytes=2-4"}, 206, "", map[string]string{"Content-Length": "3"}},
				{"GET", apkURL, []string{"Range", "bytes=2-4", "If-Range", `"another"`}, 200, "0123456789", nil},
				{"GET", "/keys/acme.rsa.pub", nil, 200, "key", map[string]string{"Content-Type": "application/x-pem-file"}},
				{"GET", "/v3.24/main/", nil, 200, "<p>", map[string]string{"Content-Type": "text/html; charset=utf-8",
					"X-Content-Type-Options": "nosniff"}},
				{"GET", "/v3.24/main/aarch64/APKINDEX.tar.gz", nil, 404, "", nil},
				{"PUT", "/" + indexKey, nil, 405, "", map[string]string{"Allow": "GET, HEAD"}},
				{"DELETE", "/" + indexKey, nil, 405, "", nil},
				{"POST", "/", nil, 405, "", nil},
			} {
				resp, body := ask(t, server, c.method, c.path, c.header...)
				if resp.StatusCode != c.status || body != c.body && c.status < 300 {
					t.Errorf("%s %s %v: %d %q", c.method, c.path, c.header, resp.StatusCode, body)
				}
				for name, want := range c.want {
					if got := resp.Header.Get(name); got != want {
						t.Errorf("%s %s %v: %s %q, want %q", c.method, c.path, c.header, name, got, want)
					}
				}
			}
			conditions(t, server, st)
		})
	}
}

// conditions are what apk asks by, a date, and what others do, a tag.
func conditions(t *testing.T, server *httptest.Server, st store.Store) {
	t.Helper()
	resp, _ := ask(t, server, "GET", "/"+indexKey)
	date, tag := resp.Header.Get("Last-Modified"), resp.Header.Get("ETag")
	when, err := http.ParseTime(date)
	if err != nil || tag == "" || time.Since(when) > time.Hour {
		t.Fatalf("date %q, tag %q", date, tag)
	}
	for _, method := range []string{"GET", "HEAD"} {
		for _, header := range [][]string{{"If-Modified-Since", date}, {"If-None-Match", tag}} {
			if resp, body := ask(t, server, method, "/"+indexKey, header...); resp.StatusCode != 304 || body != "" {
				t.Errorf("%s %v: %d %q", method, header, resp.StatusCode, body)
			}
		}
		earlier := when.Add(-time.Second).Format(http.TimeFormat)
		if resp, _ := ask(t, server, method, "/"+indexKey, "If-Modified-Since", earlier); resp.StatusCode != 200 {
			t.Errorf("%s of what has changed: %d", method, resp.StatusCode)
		}
	}
	fill(t, st, map[string]string{indexKey: "another index"})
	if resp, body := ask(t, server, "GET", "/"+indexKey, "If-None-Match", tag); resp.StatusCode != 200 || body != "another index" {
		t.Errorf("a changed index: %d %q", resp.StatusCode, body)
	}
}

// Nothing is shown but what belongs to a repository: neither what lies beside or above it, nor a listing.
func TestHidden(t *testing.T) {
	top := t.TempDir()
	for name, text := range map[string]string{"above.txt": "above", "repo/secret.txt": "secret", "repo/v3.24/main/x86_64/a.apk": "a",
		"repo/v3.24/main/x86_64/.pakman.tmp.apk": "half", "repo/keys/acme.rsa": "private", "repo/edge/main/x86_64/b.apk": "b"} {
		path := filepath.Join(top, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	st, err := dir.NewReader(filepath.Join(top, "repo"))
	if err != nil {
		t.Fatal(err)
	}
	server, _ := start(t, gateway.Options{Store: st, Served: repository.Selection{Branch: "v3.24", Repository: "main"}.Served})
	if resp, body := ask(t, server, "GET", "/v3.24/main/x86_64/a.apk"); resp.StatusCode != 200 || body != "a" {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	for _, path := range []string{
		"/", "//", "/v3.24", "/v3.24/", "/v3.24/main/x86_64", "/v3.24/main/x86_64/", "/secret.txt", "/keys/acme.rsa", "/keys/",
		"/edge/main/x86_64/b.apk",
		"/../above.txt", "/%2e%2e/above.txt", "/..%2fabove.txt", "/v3.24/main/x86_64/../../../../above.txt",
		"/v3.24/main/x86_64/..%5c..%5cabove.txt",
		"/v3.24/main/x86_64/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret.txt", "/v3.24/main/x86_64//a.apk", "/v3.24/main/x86_64/a.apk/",
		"/v3.24/main/x86_64/a.apk%00",
		"/v3.24/main/x86_64/.pakman.tmp.apk", "/./v3.24/main/x86_64/a.apk", "/keys/../secret.txt", "/v3.24/main/sparc/a.apk",
	} {
		resp, body := ask(t, server, "GET", path)
		if resp.StatusCode != 404 && resp.StatusCode != 400 && resp.StatusCode != 502 || strings.Contains(body, "above") ||
			strings.Contains(body, "secret") {
			t.Errorf("%s: %d %q", path, resp.StatusCode, body)
		}
	}
}

func TestPassword(t *testing.T) {
	st, err := dir.New(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	fill(t, st, map[string]string{packageKey: "0"})
	server, log := start(t, gateway.Options{Store: st, User: "fleet", Password: secret.New("hunter2")})
	for header, want := range map[string]int{
		"": 401, "Basic ZmxlZXQ6aHVudGVyMg==": 200, "Basic ZmxlZXQ6aHVudGVyMw==": 401, "Basic Zm86aHVudGVyMg==": 401, "Bearer hunter2": 401,
		"Basic !": 401,
	} {
		resp, _ := ask(t, server, "GET", "/"+packageKey, "Authorization", header)
		if resp.StatusCode != want || (want == 401) != (resp.Header.Get("WWW-Authenticate") != "") {
			t.Errorf("%q: %d", header, resp.StatusCode)
		}
		if cache := resp.Header.Get("Cache-Control"); want == 200 && !strings.HasPrefix(cache, "private,") {
			t.Errorf("a cache on the way may keep it: %s", cache)
		}
	}
	if resp, _ := ask(t, server, "PUT", "/nothing"); resp.StatusCode != 401 {
		t.Errorf("a stranger learns what is there: %d", resp.StatusCode)
	}
	if strings.Contains(log.String(), "hunter") || strings.Contains(log.String(), "aHVudGVy") {
		t.Errorf("a password is in the log:\n%s", log)
	}
}

// A line for each request, which no request can break.
func TestLog(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	fill(t, st, map[string]string{packageKey: strings.Repeat("x", 1000)})
	server, log := start(t, gateway.Options{Store: st})
	ask(t, server, "GET", "/"+packageKey, "User-Agent", "apk-tools/3 \"quoted\"")
	ask(t, server, "HEAD", "/a%0ab")
	fake.Inject(func(*http.Request) *s3test.Fault { return &s3test.Fault{Status: 403, Code: "AccessDenied"} })
	if resp, body := ask(t, server, "GET", "/"+packageKey); resp.StatusCode != 502 || strings.Contains(body, "bucket") {
		t.Errorf("%d %q", resp.StatusCode, body)
	}
	lines := strings.Split(strings.TrimSpace(log.String()), "\n")
	for i, want := range [][]string{
		{"level=INFO", "client=127.0.0.1", "method=GET", "path=/" + packageKey, "status=200", "bytes=1000",
			`agent="apk-tools/3 \"quoted\""`},
		{"method=HEAD", `path="/a\nb"`, "status=404"},
		{"level=ERROR", "status=502", "may not read in bucket"},
	} {
		for _, w := range want {
			if len(lines) != 3 || !strings.Contains(lines[i], w) {
				t.Errorf("no %q in line %d of\n%s", w, i, log)
			}
		}
	}
}

// An object that breaks off is no whole one for the client, and an error in the log.
func TestBrokenOff(t *testing.T) {
	server, log := start(t, gateway.Options{Store: &endless{left: 1000}})
	resp, err := http.Get(server.URL + "/" + packageKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Error("the client takes it for whole")
	}
	_ = resp.Body.Close()
	for range 1000 {
		if strings.Contains(log.String(), "unexpected EOF") {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("not in the log:\n%s", log)
}

// endless is a store of one object of 256 MiB, which ends too early when left is positive.
type endless struct {
	store.Store
	left int64
}

func (e *endless) Get(context.Context, string) (io.ReadCloser, store.Info, error) {
	n := int64(256 << 20)
	if e.left > 0 {
		n = e.left
	}
	return io.NopCloser(io.LimitReader(zeros{}, n)), store.Info{Size: 256 << 20}, nil
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// Memory does not grow with the object's size nor with its clients' number.
func TestMemory(t *testing.T) {
	server, _ := start(t, gateway.Options{Store: &endless{}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			resp, err := http.Get(server.URL + "/" + packageKey)
			if err != nil {
				t.Error(err)
				return
			}
			if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != 256<<20 {
				t.Error(n, err)
			}
			_ = resp.Body.Close()
		})
	}
	group.Wait()
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 32<<20 {
		t.Errorf("%d bytes were allocated for 1 GiB", grown)
	}
}

// What was answered of random parts, put together, is the object.
func TestParts(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	want := rand.Text() + strings.Repeat(rand.Text(), 4000)
	fill(t, st, map[string]string{packageKey: want})
	server, _ := start(t, gateway.Options{Store: st})
	_, head := ask(t, server, "GET", "/"+packageKey, "Range", "bytes=0-49999")
	_, tail := ask(t, server, "GET", "/"+packageKey, "Range", "bytes=50000-")
	if diff := cmp.Diff(want, head+tail); diff != "" {
		t.Errorf("%d bytes instead of %d", len(head+tail), len(want))
	}
}
