package s3_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

func TestRealServer(t *testing.T) {
	t.Parallel()
	server := s3test.Start(t)
	cfg := server.Config(server.Bucket(t, "contract"))
	cfg.Prefix = "/a/prefix/"
	t.Run("contract", func(t *testing.T) { storetest.Run(t, s3test.New(t, cfg)) })
	t.Run("large race", func(t *testing.T) { largeRace(t, server.Store(t, server.Bucket(t, "")), 20<<20) })
	t.Run("race in parts", func(t *testing.T) { largeRace(t, server.Store(t, server.Bucket(t, "")), store.Large+1000) })
	t.Run("failed parts", func(t *testing.T) { failedParts(t, server) })
	t.Run("forgetful", func(t *testing.T) {
		st := server.Forgetful(t).Store(t, server.Bucket(t, ""))
		if _, err := storetest.Put(st, "key", "x", store.PutOptions{}); err != nil {
			t.Fatal(err)
		}
		honoured, err := st.SupportsConditions(context.Background(), "key", store.BytesContent([]byte("x")), store.PutOptions{})
		if err != nil || honoured {
			t.Errorf("Conditional behind a proxy that drops conditions: %v, %v", honoured, err)
		}
	})
	t.Run("problems", func(t *testing.T) { problems(t, server) })
}

func TestMinIO(t *testing.T) {
	t.Parallel()
	server := s3test.StartMinIO(t)
	t.Run("contract", func(t *testing.T) { storetest.Run(t, server.Store(t, server.Bucket(t, ""))) })
	t.Run("large race", func(t *testing.T) { largeRace(t, server.Store(t, server.Bucket(t, "")), 20<<20) })
	t.Run("race in parts", func(t *testing.T) { largeRace(t, server.Store(t, server.Bucket(t, "")), store.Large+1000) })
	t.Run("failed parts", func(t *testing.T) { failedParts(t, server) })
}

// largeRace has two writers make one object above 16 MiB, where a multipart upload would let both win.
func largeRace(t *testing.T, st store.Store, size int) {
	t.Helper()
	var group sync.WaitGroup
	errs := make([]error, 2)
	for i := range errs {
		group.Go(func() {
			path := filepath.Join(t.TempDir(), "large")
			if errs[i] = os.WriteFile(path, bytes.Repeat([]byte{byte('a' + i)}, size), 0o644); errs[i] != nil {
				return
			}
			var c store.Content
			if c, errs[i] = store.FileContent(path); errs[i] == nil {
				_, errs[i] = st.Put(context.Background(), "large", c, store.PutOptions{IfAbsent: true})
			}
		})
	}
	group.Wait()
	winner := 0
	if errs[0] != nil {
		winner = 1
	}
	if errs[winner] != nil || !errors.Is(errs[1-winner], store.ErrConflict) {
		t.Fatalf("not one winner and one conflict: %v", errs)
	}
	text, info := storetest.Read(t, st, "large")
	if text != strings.Repeat(string(rune('a'+winner)), size) {
		t.Error("the object is not the winner's")
	}
	d, err := store.DigestsOf(store.BytesContent([]byte(text)))
	if err != nil || (size > store.Large) != (info.ETag == d.Parts) {
		t.Errorf("the ETag is %s, and the digests are %+v, %v", info.ETag, d, err)
	}
}

func problems(t *testing.T, server *s3test.Server) {
	t.Helper()
	bucket := server.Bucket(t, "there")
	for name, c := range map[string]struct {
		change func(*s3.Config)
		want   []string
	}{
		"no bucket": {func(c *s3.Config) {
			c.Bucket = "not-there"
		}, []string{`"not-there" does not exist`, server.Endpoint, "create it"}},
		"unknown key": {func(c *s3.Config) { c.AccessKeyID = "nobody" }, []string{"does not know the access key", "AWS_ACCESS_KEY_ID"}},
		"wrong secret": {func(c *s3.Config) {
			c.SecretAccessKey = secret.New("hunter2")
		}, []string{"refused the signature", "AWS_SECRET_ACCESS_KEY"}},
		"no credentials": {func(c *s3.Config) {
			c.AccessKeyID, c.SecretAccessKey = "", secret.String{}
		}, []string{"may not list", "there", "AWS_ACCESS_KEY_ID"}},
		"untrusted": {func(c *s3.Config) { c.Transport = nil }, []string{"not trusted", "SSL_CERT_FILE"}},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := server.Config(bucket)
			c.change(&cfg)
			err := s3test.New(t, cfg).Check(context.Background())
			if _, ok := errors.AsType[*store.Problem](err); !ok {
				t.Fatalf("no Problem: %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			if strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), server.SecretKey) {
				t.Errorf("the secret is shown: %v", err)
			}
		})
	}
}

// The contract holds with every third request failing in one of the ways of the network.
func TestFaults(t *testing.T) {
	for name, fault := range map[string]s3test.Fault{
		"500":         {Status: 500, Code: "InternalError"},
		"503":         {Status: 503, Code: "SlowDown"},
		"lost answer": {Lose: true},
		"bad gateway": {Status: 502},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			fake := s3test.StartFake(t)
			var mu sync.Mutex
			n := 0
			fake.Inject(func(*http.Request) *s3test.Fault {
				mu.Lock()
				defer mu.Unlock()
				if n++; n%7 == 3 {
					return &fault
				}
				return nil
			})
			storetest.Run(t, s3test.New(t, fake.Config()))
		})
	}
}

// A busy store is asked again when it said, and not at all when that is too late.
func TestRetryAfter(t *testing.T) {
	fake := s3test.StartFake(t)
	after := "1"
	busy := true
	fake.Inject(func(*http.Request) *s3test.Fault {
		if busy {
			busy = after != "1"
			return &s3test.Fault{Status: 503, Code: "SlowDown", After: after}
		}
		return nil
	})
	st := s3test.New(t, fake.Config())
	begun := time.Now()
	if _, err := storetest.Put(st, "k", "x", store.PutOptions{}); err != nil || time.Since(begun) < time.Second {
		t.Errorf("%v after %v", err, time.Since(begun))
	}
	busy, after = true, "7200"
	if _, err := st.Stat(t.Context(), "k"); err == nil || !strings.Contains(err.Error(), "asks to wait 2h0m0s") {
		t.Errorf("%v", err)
	}
}

// A conflict says that the object changed, unless what stands there is our own write whose answer was lost.
func TestLostAnswers(t *testing.T) {
	fake := s3test.StartFake(t)
	lose := 0
	fake.Inject(func(r *http.Request) *s3test.Fault {
		if r.Method == http.MethodPut && lose > 0 {
			lose--
			return &s3test.Fault{Lose: true}
		}
		return nil
	})
	st := s3test.New(t, fake.Config())

	lose = 1
	info, err := storetest.Put(st, "k", "mine", store.PutOptions{IfAbsent: true})
	if err != nil {
		t.Fatalf("a write whose answer was lost: %v", err)
	}
	lose = 2
	if info, err = storetest.Put(st, "k", "mine too", store.PutOptions{IfMatch: info.ETag}); err != nil {
		t.Fatalf("a swap whose answers were lost: %v", err)
	}
	if _, now := storetest.Read(t, st, "k"); now.ETag != info.ETag {
		t.Errorf("the ETag of the write is %s, of the object %s", info.ETag, now.ETag)
	}
	fake.Inject(func(r *http.Request) *s3test.Fault {
		if r.Method == http.MethodPut {
			return &s3test.Fault{Status: 409, Code: "ConditionalRequestConflict"}
		}
		return nil
	})
	if _, err := storetest.Put(st, "k", "x", store.PutOptions{IfMatch: info.ETag}); !errors.Is(err, store.ErrConflict) {
		t.Errorf("409: %v", err)
	}
}

func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		status    int
		code      string
		want      string
		isProblem bool
	}{
		{403, "AccessDenied", "s3:PutObject", true},
		{403, "", "may not list in bucket", true},
		{400, "ExpiredToken", "session token", true},
		{403, "RequestTimeTooSkewed", "clock", true},
		{400, "AuthorizationHeaderMalformed", "--region", true},
		{301, "PermanentRedirect", "--region", true},
		{404, "NoSuchBucket", "does not exist", true},
		{400, "InvalidBucketName", "not a bucket's name", true},
		{418, "Teapot", "answered 418 Teapot", false},
	} {
		fake := s3test.StartFake(t)
		fake.Inject(func(*http.Request) *s3test.Fault { return &s3test.Fault{Status: c.status, Code: c.code} })
		err := s3test.New(t, fake.Config()).Check(context.Background())
		var problem *store.Problem
		if err == nil || !strings.Contains(err.Error(), c.want) || errors.As(err, &problem) != c.isProblem {
			t.Errorf("%d %s: %v", c.status, c.code, err)
		}
	}
	fake := s3test.StartFake(t)
	fake.Inject(func(*http.Request) *s3test.Fault { return &s3test.Fault{Status: 501, Code: "NotImplemented"} })
	st := s3test.New(t, fake.Config())
	if _, err := storetest.Put(st, "k", "x", store.PutOptions{IfAbsent: true}); !errors.Is(err, store.ErrUnsupported) {
		t.Errorf("501: %v", err)
	}
	if honoured, err := st.SupportsConditions(context.Background(), "k", store.BytesContent(nil), store.PutOptions{}); err != nil ||
		honoured {
		t.Errorf("Conditional with 501: %v, %v", honoured, err)
	}
}

func TestUnreachable(t *testing.T) {
	t.Parallel()
	closed := s3test.StartFake(t)
	tls := s3test.StartFake(t)
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:1": "cannot reach http://127.0.0.1:1",
		strings.Replace(tls.Endpoint, "http:", "https:", 1): "does not speak TLS",
		"https://no-such-host.invalid":                      "there is no host no-such-host.invalid",
	} {
		cfg := closed.Config()
		cfg.Endpoint = endpoint
		err := s3test.New(t, cfg).Check(context.Background())
		var problem *store.Problem
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", endpoint, err)
		}
	}
}

func TestHeadersAndRequests(t *testing.T) {
	fake := s3test.StartFake(t)
	cfg := fake.Config()
	cfg.Prefix = "p"
	st := s3test.New(t, cfg)
	if _, err := storetest.Put(st, "a+b c", "x", store.PutOptions{ContentType: "a/b", CacheControl: "no-cache",
		IfAbsent: true}); err != nil {
		t.Fatal(err)
	}
	got := []string{fake.Header("p/a+b c", "Content-Type"), fake.Header("p/a+b c", "Cache-Control"),
		fake.Header("p/a+b c", "If-None-Match"), fake.Header("p/a+b c", "X-Amz-Content-Sha256")}
	want := []string{"a/b", "no-cache", "*", "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers, want -, got +:\n%s", diff)
	}
	if diff := cmp.Diff([]string{"PUT /bucket/p/a+b c"}, fake.Requests()); diff != "" {
		t.Errorf("requests, want -, got +:\n%s", diff)
	}
	for range 2 {
		if honoured, err := st.SupportsConditions(context.Background(), "a+b c", store.BytesContent([]byte("x")),
			store.PutOptions{}); err != nil || !honoured {
			t.Errorf("Conditional: %v, %v", honoured, err)
		}
	}
	if n := len(fake.Requests()); n != 3 {
		t.Errorf("the probe is not kept: %d requests, not 3", n)
	}
	fake.Ignore = true
	if honoured, err := s3test.New(t, cfg).SupportsConditions(context.Background(), "a+b c", store.BytesContent([]byte("x")),
		store.PutOptions{}); err != nil || honoured {
		t.Errorf("Conditional where conditions are ignored: %v, %v", honoured, err)
	}
}

// A reader goes on where the connection broke off, and fails when the object is another one by then.
func TestBrokenReads(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	want := strings.Repeat("0123456789", 100_000)
	if _, err := storetest.Put(st, "k", want, store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	breaks := 0
	fake.Inject(func(r *http.Request) *s3test.Fault {
		if breaks++; r.Method == http.MethodGet && breaks <= 4 {
			return &s3test.Fault{Truncate: true}
		}
		return nil
	})
	if text, _ := storetest.Read(t, st, "k"); text != want {
		t.Errorf("%d bytes, or other ones, instead of %d", len(text), len(want))
	}
	if breaks != 5 {
		t.Errorf("%d requests, not 5", breaks)
	}
	breaks = 3
	r, _, err := st.Get(context.Background(), "k")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Put(st, "k", "other", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, store.ErrConflict) {
		t.Errorf("reading what has changed: %v", err)
	}
	_ = r.Close()

	if _, err := storetest.Put(st, "k", want, store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	fake.Inject(func(*http.Request) *s3test.Fault { return &s3test.Fault{Truncate: true} })
	if r, _, err = st.Get(context.Background(), "k"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a connection that always breaks: %v", err)
	}
	_ = r.Close()
}

// huge pretends to a size that no 10,000 parts may carry.
type huge struct{}

func (huge) Open() (io.ReadSeekCloser, error) { return nil, errors.New("not to be opened") }
func (huge) Size() int64                      { return 10_000*store.PartSize + 1 }

func TestTooLarge(t *testing.T) {
	st := s3test.New(t, s3test.StartFake(t).Config())
	var problem *store.Problem
	if _, err := st.Put(context.Background(), "k", huge{}, store.PutOptions{}); !errors.As(err, &problem) {
		t.Errorf("%v", err)
	}
}
