package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pakman/build/pkg/secret"
)

// endless starts a server of that behaviour and returns its client, and how many requests there were.
func endless(t *testing.T, handler http.HandlerFunc) (*Client, *atomic.Int64) {
	t.Helper()
	var asked atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		handler(w, r)
	}))
	t.Cleanup(server.Close)
	c, err := New(Options{
		Host: Host{Name: "GitHub", Server: server.URL, API: server.URL}, Repository: "acme/blog", Token: secret.New("token-of-the-test"),
		Pause: func(context.Context, time.Duration) error { return nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, &asked
}

func noRelease(w http.ResponseWriter, r *http.Request) bool {
	if strings.Contains(r.URL.Path, "/releases/tags/") {
		http.Error(w, `{"message":"Not Found"}`, http.StatusNotFound)
		return true
	}
	return false
}

// A server that never comes to an end is given up, once, with the bound in the message.
func TestBounds(t *testing.T) {
	for name, tc := range map[string]struct {
		handler http.HandlerFunc
		want    string
		asked   int64 // at most
	}{
		"always one more page": {func(w http.ResponseWriter, r *http.Request) {
			if noRelease(w, r) {
				return
			}
			page := 1
			_, _ = fmt.Sscan(r.URL.Query().Get("page"), &page)
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=%d>; rel="next"`, r.Host, r.URL.Path, page+1))
			_, _ = io.WriteString(w, "[]")
		}, "the list of releases has more than the 100 pages", maxPages + 1},
		"pages in a circle": {func(w http.ResponseWriter, r *http.Request) {
			if noRelease(w, r) {
				return
			}
			w.Header().Set("Link", fmt.Sprintf(`<http://%s%s?page=1>; rel="next"`, r.Host, r.URL.Path))
			_, _ = io.WriteString(w, "[]")
		}, "leads from page 1 to page 1", 2},
		"always more assets": {func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/releases/tags/") {
				_, _ = io.WriteString(w, `{"id": 1}`)
				return
			}
			_, _ = io.WriteString(w, "["+strings.Repeat(`{"name":"a"},`, assetPage-1)+`{"name":"a"}]`)
		}, "the list of assets has more than the 100 pages", maxPages + 1},
		"a body without end": {func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, `{"body": "`)
			for r.Context().Err() == nil {
				if _, err := w.Write(bytes.Repeat([]byte("x"), 1<<20)); err != nil {
					return
				}
			}
		}, "longer than the 67108864 bytes", 1},
		"a body that drips": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = io.WriteString(w, " ")
				_ = http.NewResponseController(w).Flush()
				time.Sleep(20 * time.Millisecond)
			}
		}, "takes longer than the 2s", 1},
		"no answer": {func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}, "takes longer than the 2s", 1},
		"a deep answer": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"assets":`+strings.Repeat("[", 1_000_000))
		}, "does not answer as expected", attempts},
		"what terminals obey": {func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusBadRequest)
			_ = json.NewEncoder(w).Encode(map[string]string{"message": "\x1b[31m\u202e\u200b" + strings.Repeat("x", 10_000)})
		}, `(\x1b[31m\u202e\u200bxxx`, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c, asked := endless(t, tc.handler)
			if strings.Contains(tc.want, "takes longer") {
				c.transport.answerTime = 2 * time.Second
			}
			start := time.Now()
			_, err := c.Publish(t.Context(), Release{Tag: "v1"}, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("error %v, want %q", err, tc.want)
			}
			if len(err.Error()) > 1000 || strings.ContainsAny(err.Error(), "\x1b\u202e\u200b") {
				t.Errorf("%d bytes: %.300q", len(err.Error()), err)
			}
			if asked.Load() > tc.asked || time.Since(start) > time.Minute {
				t.Errorf("%d requests in %v, at most %d", asked.Load(), time.Since(start), tc.asked)
			}
		})
	}
}

// A body is read to its bound, and one byte more is an error.
func TestBodyBound(t *testing.T) {
	for size, want := range map[int64]bool{10: true, 11: false, 1 << 20: false} {
		ctx, cancel := context.WithCancel(t.Context())
		b := &boundedBody{ReadCloser: io.NopCloser(io.LimitReader(zeros{}, size)), ctx: ctx, cancel: cancel, left: 10, limit: 10}
		got, err := io.ReadAll(b)
		if (err == nil) != want || len(got) > 10 || !want && !errors.As(err, new(*boundError)) {
			t.Errorf("%d bytes: %d were read, %v", size, len(got), err)
		}
		if err := b.Close(); err != nil || ctx.Err() == nil {
			t.Errorf("closing: %v, %v", err, ctx.Err())
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestEventBounds(t *testing.T) {
	dir := t.TempDir()
	large := filepath.Join(dir, "event.json")
	if err := errors.Join(os.WriteFile(large, nil, 0o600), os.Truncate(large, 1<<40)); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{large: "at most 67108864 are allowed", dir: "no regular file"} {
		_, err := ReadEvent(func(name string) string { return map[string]string{"GITHUB_EVENT_PATH": path}[name] })
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
