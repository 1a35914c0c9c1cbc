package httpjson

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func TestAddress(t *testing.T) {
	for address, ok := range map[string]bool{
		"https://opsmaru.com": true, "https://example.com:8443/hooks/a?b=c": true, "http://127.0.0.1:4000": true,
		"http://[::1]:4000/x": true, "http://localhost": true,
		"http://example.com": false, "http://127.0.0.1.example.com": false, "http://localhost.example.com": false,
		"ftp://example.com": false, "example.com": false, "https://": false, "https://u:hidden@example.com": false,
		"https://example.com/#x": false, "": false, "mailto:x": false, "https://exa mple.com": false,
	} {
		_, err := New("SETTING", address, Options{})
		if (err == nil) != ok {
			t.Errorf("%q: %v", address, err)
		}
		if err != nil && (!errors.Is(err, ErrAddress) || strings.Contains(err.Error(), "hidden") ||
			!strings.Contains(err.Error(), "SETTING")) {
			t.Errorf("%q: %v", address, err)
		}
	}
	if _, err := New("SETTING", "http://example.com", Options{Insecure: true}); err != nil {
		t.Error(err)
	}
}

func serve(t *testing.T, handler http.HandlerFunc) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server
}

// The pauses grow, and end after some attempts.
func TestGivingUp(t *testing.T) {
	var pauses []time.Duration
	asked := 0
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		asked++
		http.Error(w, "token-123 is\nbusy", http.StatusBadGateway)
	})
	c, err := New("SETTING", server.URL, Options{Sleep: func(_ context.Context, d time.Duration) error {
		pauses = append(pauses, d)
		return nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Do(t.Context(), Request{Method: http.MethodPost, Path: "/x", Body: []byte("{}"), Secrets: []string{"token-123"}})
	var last *StatusError
	if !errors.As(err, &last) || last.Status != 502 || !strings.Contains(err.Error(), "*** is busy") {
		t.Errorf("%v", err)
	}
	if asked != retries.Attempts || int(c.Requests()) != asked || len(pauses) != asked-1 {
		t.Errorf("%d requests, %v", asked, pauses)
	}
	for i, d := range pauses {
		if base := retries.First << i; d < base/2 || d > base*3/2 {
			t.Errorf("pause %d is %v", i, d)
		}
	}
}

// Cancelling ends a pause and a request.
func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/busy" {
			w.Header().Set("Retry-After", "200")
			w.WriteHeader(http.StatusServiceUnavailable)
			time.AfterFunc(10*time.Millisecond, cancel)
			return
		}
		cancel()
		<-r.Context().Done()
	})
	c, err := New("SETTING", server.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/busy", "/hangs"} {
		if _, err := c.Do(ctx, Request{Method: http.MethodGet, Path: path}); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", path, err)
		}
		ctx, cancel = context.WithCancel(t.Context())
	}
	cancel()
}

// Tokens are not taken along to where a redirect leads, and the address' rest is never shown.
func TestNothingLeaks(t *testing.T) {
	leaked := 0
	other := serve(t, func(http.ResponseWriter, *http.Request) { leaked++ })
	server := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/?a=hidden", http.StatusFound)
	})
	c, err := New("SETTING", server.URL+"/hidden/path?hidden", Options{})
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Do(t.Context(), Request{Method: http.MethodPost, Body: []byte("{}"), Header: http.Header{"X-Token": {"t"}}})
	if err != nil || a.Status != http.StatusFound || leaked > 0 {
		t.Fatalf("%+v %v %d", a, err, leaked)
	}
	if text := a.Unexpected("").Error(); strings.Contains(text, "hidden") || !strings.Contains(text, other.URL) {
		t.Error(text)
	}
	server.Close()
	c.retries.Sleep = func(context.Context, time.Duration) error { return nil }
	if _, err = c.Do(t.Context(), Request{Method: http.MethodPost}); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
}

func TestCertificate(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	c, err := New("SETTING", server.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Request{Method: http.MethodGet}); err == nil || !strings.Contains(err.Error(), "SSL_CERT_FILE") ||
		c.Requests() != 1 {
		t.Errorf("%v after %d requests", err, c.Requests())
	}
}

func TestHugeAnswer(t *testing.T) {
	server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		block := make([]byte, 1<<20)
		for range 8 {
			_, _ = w.Write(block)
		}
	})
	c, err := New("SETTING", server.URL, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Do(t.Context(), Request{Method: http.MethodGet}); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Error(err)
	}
}
