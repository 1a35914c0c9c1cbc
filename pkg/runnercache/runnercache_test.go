package runnercache_test

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pakman/build/pkg/runnercache"
	"github.com/pakman/build/pkg/runnercache/runnercachetest"
	"github.com/pakman/build/pkg/secret"
)

// job is a client, and what it learned and waited for.
type job struct {
	*runnercache.Client
	learned []string
	waits   []time.Duration
}

func newJob(t *testing.T, address string) *job {
	t.Helper()
	j := &job{}
	var err error
	j.Client, err = runnercache.New(runnercache.Options{
		Service: address, Token: secret.New(runnercachetest.Token), Version: strings.Repeat("0f", 32),
		Learned: func(s string) { j.learned = append(j.learned, s) },
		Sleep:   func(ctx context.Context, d time.Duration) error { j.waits = append(j.waits, d); return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// save saves content under a key.
func (j *job) save(t *testing.T, key string, content []byte) error {
	t.Helper()
	return j.Save(t.Context(), key, bytes.NewReader(content), int64(len(content)))
}

// take finds and downloads an entry.
func (j *job) take(t *testing.T, key string, prefixes ...string) (found string, content []byte, err error) {
	t.Helper()
	e, err := j.Find(t.Context(), key, prefixes...)
	if err != nil || e == nil {
		return "", nil, err
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "entry"))
	if err != nil {
		t.Fatal(err)
	}
	size, err := j.Download(t.Context(), e, file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return e.Key, nil, err
	}
	content, err = os.ReadFile(file.Name())
	if err == nil && int64(len(content)) != size {
		t.Errorf("size %d of %d", size, len(content))
	}
	return e.Key, content, err
}

// random is content that is told apart block by block.
func random(size int) []byte {
	content := make([]byte, size)
	source := rand.NewChaCha8([32]byte{1})
	_, _ = source.Read(content)
	return content
}

// What is saved is found again, by its key and by prefixes, in one request or in many.
func TestSaveAndFind(t *testing.T) {
	server := runnercachetest.Start(t)
	j := newJob(t, server.URL)
	if key, _, err := j.take(t, "p-one", "p-"); key != "" || err != nil {
		t.Error("before:", key, err)
	}
	contents := map[string][]byte{"p-one": []byte("small"), "p-two": random(65<<20 + 1)}
	for _, key := range []string{"p-one", "p-two"} {
		if err := j.save(t, key, contents[key]); err != nil {
			t.Fatal(key, err)
		}
		if err := j.save(t, key, nil); !errors.Is(err, runnercache.ErrReserved) {
			t.Error("again:", key, err)
		}
	}
	for _, tc := range []struct{ key, prefix, want string }{
		{"p-one", "p-", "p-one"}, {"p-three", "p-", "p-two"}, {"p-three", "r-", ""}, {"p", "q", ""},
	} {
		found, content, err := j.take(t, tc.key, tc.prefix)
		if err != nil || found != tc.want || !bytes.Equal(content, contents[tc.want]) {
			t.Errorf("%+v: %q, %d bytes, %v", tc, found, len(content), err)
		}
	}
	server.WithoutRanges()
	if found, content, err := j.take(t, "p-two"); err != nil || found != "p-two" || !bytes.Equal(content, contents["p-two"]) {
		t.Errorf("without ranges: %q, %d bytes, %v", found, len(content), err)
	}
	if blocks := slices.DeleteFunc(server.Log(), func(what string) bool { return what != "PUT block" }); len(blocks) != 3 {
		t.Errorf("%d blocks", len(blocks))
	}
	if !slices.Contains(j.learned, server.Secrets()[1]) {
		t.Errorf("learned %q", j.learned)
	}
}

// Whatever the service does, the error says what it is, tells no secret, and comes after few requests.
func TestFaults(t *testing.T) {
	const find, create, finish = "GetCacheEntryDownloadURL", "CreateCacheEntry", "FinalizeCacheEntryUpload"
	for name, tc := range map[string]struct {
		fault    runnercachetest.Fault
		want     error
		text     string // of the error; "" and no error: it succeeds
		requests int    // that meet the fault at most
	}{
		"401":           {runnercachetest.Fault{What: find, Status: 401, Body: `{"code":"unauthenticated","msg":"bad token"}`}, runnercache.ErrDenied, "bad token", 1},
		"403":           {runnercachetest.Fault{What: create, Status: 403}, runnercache.ErrDenied, "403", 1},
		"404":           {runnercachetest.Fault{What: find, Status: 404, Body: "<html>"}, runnercache.ErrAbsent, "", 1},
		"bad route":     {runnercachetest.Fault{What: find, Status: 404, Body: `{"code":"bad_route"}`}, runnercache.ErrAbsent, "", 1},
		"429 short":     {runnercachetest.Fault{What: find, Times: 2, Status: 429, Header: map[string]string{"Retry-After": "3"}}, nil, "", 3},
		"429 long":      {runnercachetest.Fault{What: find, Status: 429, Header: map[string]string{"Retry-After": "60"}}, nil, "too long to wait", 1},
		"500 once":      {runnercachetest.Fault{What: find, Times: 1, Status: 500}, nil, "", 2},
		"500":           {runnercachetest.Fault{What: find, Status: 500}, nil, "answered 500", 3},
		"409":           {runnercachetest.Fault{What: create, Status: 409}, runnercache.ErrReserved, "", 1},
		"no JSON":       {runnercachetest.Fault{What: find, Status: 200, Body: "hello"}, nil, "protocol", 1},
		"other key":     {runnercachetest.Fault{What: find, Status: 200, Body: `{"ok":true,"matched_key":"x"}`}, nil, "not asked for", 1},
		"plain address": {runnercachetest.Fault{What: find, Status: 200, Body: `{"ok":true,"matched_key":"key","signed_download_url":"ftp://x/y"}`}, nil, "address that cannot", 1},
		"not finished":  {runnercachetest.Fault{What: finish, Status: 200, Body: `{"ok":false,"message":"size\u001b[1m"}`}, nil, `(size\x1b[1m)`, 1},
		"tells a token": {runnercachetest.Fault{What: create, Status: 200, Body: `{"ok":false,"message":"no ` + runnercachetest.Token + `"}`}, runnercache.ErrReserved, "(no ***)", 1},
		"redirect":      {runnercachetest.Fault{What: find, Status: 307, Header: map[string]string{"Location": "http://127.0.0.1:1/"}}, nil, "307", 1},
		"upload":        {runnercachetest.Fault{What: "PUT", Status: 403, Header: map[string]string{"X-Ms-Error-Code": "AuthenticationFailed"}}, runnercache.ErrDenied, "AuthenticationFailed", 1},
		"upload once":   {runnercachetest.Fault{What: "PUT", Times: 1, Status: 503}, nil, "", 2},
		"blob is gone":  {runnercachetest.Fault{What: "GET", Status: 404}, nil, "404", 1},
		"truncated":     {runnercachetest.Fault{What: "GET", Cut: true}, nil, "download", 3},
		"cut once":      {runnercachetest.Fault{What: "GET", Times: 1, Cut: true}, nil, "", 2},
		"no range":      {runnercachetest.Fault{What: "GET", Status: 206}, nil, "Content-Range", 1},
		"other range":   {runnercachetest.Fault{What: "GET", Status: 206, Header: map[string]string{"Content-Range": "bytes 1-2/3"}}, nil, "another range", 1},
		"too large":     {runnercachetest.Fault{What: "GET", Status: 206, Header: map[string]string{"Content-Range": "bytes 0-33554431/99999999999"}}, runnercache.ErrTooLarge, "", 1},
	} {
		t.Run(name, func(t *testing.T) {
			server := runnercachetest.Start(t)
			j := newJob(t, server.URL)
			if tc.fault.Times == 0 {
				tc.fault.Times = 99
			}
			server.Fail(tc.fault)
			err := j.save(t, "key", []byte("content"))
			if err == nil {
				_, _, err = j.take(t, "key")
			}
			if (err != nil) != (tc.want != nil || tc.text != "") || tc.want != nil && !errors.Is(err, tc.want) ||
				tc.text != "" && !strings.Contains(err.Error(), tc.text) {
				t.Fatalf("%v, want %v %s", err, tc.want, tc.text)
			}
			met := slices.DeleteFunc(server.Log(), func(what string) bool { return what != tc.fault.What })
			if len(met) > tc.requests {
				t.Errorf("%d requests, want %d", len(met), tc.requests)
			}
			for _, s := range server.Secrets() {
				if err != nil && strings.Contains(err.Error(), s) {
					t.Errorf("it tells %s: %v", s, err)
				}
			}
		})
	}
}

// A service that only reads, one that is not there, and none at all.
func TestAbsent(t *testing.T) {
	server := runnercachetest.Start(t)
	server.ReadOnly()
	if err := newJob(t, server.URL).save(t, "key", []byte("x")); !errors.Is(err, runnercache.ErrDenied) {
		t.Error("read-only:", err)
	}
	for _, o := range []runnercache.Options{
		{}, {Service: server.URL}, {Token: secret.New("x")}, {Service: "nowhere", Token: secret.New("x")},
		{Service: "ftp://x/", Token: secret.New("x")},
	} {
		if _, err := runnercache.New(o); !errors.Is(err, runnercache.ErrAbsent) {
			t.Errorf("%+v: %v", o, err)
		}
	}
	j := newJob(t, "http://127.0.0.1:1/")
	if _, err := j.Find(t.Context(), "key"); err == nil || len(j.waits) != 2 || strings.Contains(err.Error(), "http://") {
		t.Errorf("nobody answers: %v, waits %v", err, j.waits)
	}
	if err := j.Save(t.Context(), "key", bytes.NewReader(nil), runnercache.MaxSize+1); !errors.Is(err, runnercache.ErrTooLarge) {
		t.Error(err)
	}
}

// silent never answers.
type silent struct{}

func (silent) RoundTrip(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, context.Cause(r.Context())
}

// A service that never answers costs a known time.
func TestSilence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := runnercache.New(runnercache.Options{Service: "https://x/", Token: secret.New("token"), Transport: silent{}})
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		if _, err := c.Find(t.Context(), "key"); err == nil || time.Since(began) > 40*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		began = time.Now()
		if err := c.Save(ctx, "key", bytes.NewReader(nil), 0); err == nil || time.Since(began) > 5*time.Second {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}
