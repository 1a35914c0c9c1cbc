package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/storetest"
	"github.com/pakman/build/pkg/store/web"
)

func serve(t *testing.T, handler http.Handler, path string) *web.Store {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	st, err := web.New(server.URL+path, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestRead(t *testing.T) {
	ctx := context.Background()
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "repo/v3.24"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "repo/v3.24/a b+c~d.apk"), []byte("0123456789"), 0o644); err != nil {
		t.Fatal(err)
	}
	whole := func(w http.ResponseWriter, r *http.Request) { // a server without ranges
		r.Header.Del("Range")
		http.FileServer(http.Dir(root)).ServeHTTP(w, r)
	}
	for name, handler := range map[string]http.Handler{"ranges": http.FileServer(http.Dir(root)), "no ranges": http.HandlerFunc(whole)} {
		st := serve(t, handler, "/repo/")
		const key = "v3.24/a b+c~d.apk"
		if err := st.Check(ctx); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if text, info := storetest.Read(t, st, key); text != "0123456789" || info.Size != 10 || info.Modified.IsZero() {
			t.Errorf("%s: %q %+v", name, text, info)
		}
		if info, err := st.Stat(ctx, key); err != nil || info.Size != 10 {
			t.Errorf("%s: %+v, %v", name, info, err)
		}
		if text, err := storetest.ReadRange(st, key, 3, 4); err != nil || text != "3456" {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		if _, _, err := st.Get(ctx, "v3.24/other"); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
		if _, _, err := st.Get(ctx, "../out"); err == nil || errors.Is(err, store.ErrNotFound) {
			t.Errorf("%s: a key that leaves the repository: %v", name, err)
		}
		if _, err := storetest.Put(st, "new", "x", store.PutOptions{}); !errors.Is(err, store.ErrUnsupported) {
			t.Errorf("%s: Put: %v", name, err)
		}
		if err := st.Delete(ctx, key); !errors.Is(err, store.ErrUnsupported) {
			t.Errorf("%s: Delete: %v", name, err)
		}
		for _, err := range st.List(ctx, "") {
			if !errors.Is(err, store.ErrUnsupported) {
				t.Errorf("%s: List: %v", name, err)
			}
		}
	}
}

// A server that is busy is asked again; one that refuses is not.
func TestAnswers(t *testing.T) {
	ctx := context.Background()
	for status, want := range map[int]string{503: "", 429: "", 403: "answered 403", 400: "answered 400"} {
		var asked atomic.Int64
		st := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if asked.Add(1) == 1 {
				w.WriteHeader(status)
				return
			}
			fmt.Fprint(w, "good")
		}), "")
		_, _, err := st.Get(ctx, "k")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want) || asked.Load() != 1) {
			t.Errorf("%d: %v after %d requests", status, err, asked.Load())
		}
	}
	server := httptest.NewServer(nil)
	server.Close()
	st, err := web.New(server.URL, http.DefaultTransport)
	if err != nil {
		t.Fatal(err)
	}
	var problem *store.Problem
	if err := st.Check(ctx); !errors.As(err, &problem) || !strings.Contains(err.Error(), "cannot reach") {
		t.Errorf("nobody listens: %v", err)
	}
	for _, raw := range []string{"https://", "https://user:hunter2@example.com", "https://example.com/?a=b", "https://exa mple.com"} {
		if _, err := web.New(raw, http.DefaultTransport); !errors.As(err, &problem) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", raw, err)
		}
	}
}

// The server's Retry-After is waited for, in both of its forms, and one that is too long is refused with its length.
func TestRetryAfter(t *testing.T) {
	for value, c := range map[string]struct {
		least time.Duration
		want  string
	}{
		"1": {least: time.Second},
		time.Now().Add(3 * time.Second).UTC().Format(http.TimeFormat): {least: 500 * time.Millisecond},
		"3600": {want: "asks to wait 1h0m0s"},
	} {
		t.Run(value, func(t *testing.T) {
			t.Parallel()
			var first atomic.Bool
			st := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				if first.CompareAndSwap(false, true) {
					w.Header().Set("Retry-After", value)
					w.WriteHeader(http.StatusTooManyRequests)
					return
				}
				fmt.Fprint(w, "good")
			}), "")
			begun := time.Now()
			_, err := st.Stat(t.Context(), "k")
			if c.want == "" && (err != nil || time.Since(begun) < c.least) || c.want != "" &&
				(err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v after %v", err, time.Since(begun))
			}
		})
	}
}
