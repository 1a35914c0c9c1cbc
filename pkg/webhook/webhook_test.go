package webhook

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/secret"
)

const key = "0123456789abcdef"

// The receiver computes the signature by itself; the second attempt is the same request.
func TestSend(t *testing.T) {
	var seen []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mac := hmac.New(sha256.New, []byte(key))
		fmt.Fprintf(mac, "%s.%s", r.Header.Get("X-Pakman-Timestamp"), body)
		if want := fmt.Sprintf("sha256=%x", mac.Sum(nil)); r.Header.Get("X-Pakman-Signature") != want {
			t.Errorf("signature %s, want %s", r.Header.Get("X-Pakman-Signature"), want)
		}
		seen = append(seen, r.Method+" "+r.URL.String()+" "+r.Header.Get("Content-Type")+" "+r.Header.Get("X-Pakman-Timestamp")+" "+
			string(body))
		if len(seen) < 2 {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		w.WriteHeader(http.StatusAccepted)
	}))
	defer server.Close()
	h, err := New(Config{URL: server.URL + "/hook?x=1", Secret: secret.New(key), Now: func() time.Time { return time.Unix(1700000000, 0) },
		Options: httpjson.Options{Sleep: func(context.Context, time.Duration) error { return nil }}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Send(t.Context(), map[string]string{"a": "<b>"}); err != nil {
		t.Fatal(err)
	}
	want := "POST /hook?x=1 application/json 1700000000 {\"a\":\"<b>\"}\n"
	if len(seen) != 2 || seen[0] != want || seen[1] != want || h.Requests() != 2 {
		t.Errorf("%q", seen)
	}
}

func TestRefused(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, key, http.StatusUnauthorized)
	}))
	defer server.Close()
	h, err := New(Config{URL: server.URL + "/hidden", Secret: secret.New(key)})
	if err != nil {
		t.Fatal(err)
	}
	err = h.Send(t.Context(), 1)
	if err == nil || !strings.Contains(err.Error(), "the same secret") || strings.Contains(err.Error(), key) ||
		strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
	if _, err := New(Config{URL: server.URL, Secret: secret.New("short")}); err == nil || !strings.Contains(err.Error(), "at least 16") {
		t.Error(err)
	}
	if _, err := New(Config{URL: "http://example.com", Secret: secret.New(key)}); err == nil {
		t.Error("http:// to another machine is taken")
	}
}
