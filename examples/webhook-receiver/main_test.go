package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

const secret = "0123456789abcdef"

var now = time.Unix(1700000000, 0)

func sign(at time.Time, body string) (timestamp, signature string) {
	timestamp = strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(timestamp + "." + body))
	return timestamp, "sha256=" + hex.EncodeToString(mac.Sum(nil))
}

// post returns the status of one request.
func post(r http.Handler, timestamp, signature, body string) int {
	request := httptest.NewRequest(http.MethodPost, "/deploy", strings.NewReader(body))
	request.Header.Set("X-Pakman-Timestamp", timestamp)
	request.Header.Set("X-Pakman-Signature", signature)
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, request)
	return answer.Code
}

func newReceiver(runs *[][]string, fail *bool) *receiver {
	return &receiver{secret: []byte(secret), packages: []string{"hello", "other"}, now: func() time.Time {
		return now
	}, done: map[string]time.Time{},
		apk: func(_ context.Context, args ...string) ([]byte, error) {
			*runs = append(*runs, args)
			if *fail {
				return nil, errors.New("exit status 1")
			}
			return nil, nil
		}}
}

// The arguments of apk do not depend on the request, and apk runs only once for each request.
func TestUpgrade(t *testing.T) {
	var runs [][]string
	fail := true
	r := newReceiver(&runs, &fail)
	body := `{"packages":[{"name":"--root=/; reboot"}]}`
	timestamp, signature := sign(now, body)
	if code := post(r, timestamp, signature, body); code != http.StatusInternalServerError {
		t.Errorf("a failing upgrade answers %d", code)
	}
	fail = false
	for range 2 {
		if code := post(r, timestamp, signature, body); code != http.StatusOK {
			t.Errorf("answer %d", code)
		}
	}
	want := []string{"add", "--upgrade", "--update-cache", "--", "hello", "other"}
	if len(runs) != 2 || !slices.Equal(runs[0], want) || !slices.Equal(runs[1], want) {
		t.Errorf("%q", runs)
	}
}

func TestRefused(t *testing.T) {
	var runs [][]string
	var fail bool
	r := newReceiver(&runs, &fail)
	timestamp, signature := sign(now, "{}")
	early, earlySignature := sign(now.Add(-tolerance-time.Second), "{}")
	late, lateSignature := sign(now.Add(tolerance+time.Second), "{}")
	for name, code := range map[string]int{
		"another body":      post(r, timestamp, signature, "{ }"),
		"another timestamp": post(r, timestamp+"0", signature, "{}"),
		"no signature":      post(r, timestamp, "", "{}"),
		"an old request":    post(r, early, earlySignature, "{}"),
		"a future request":  post(r, late, lateSignature, "{}"),
		"a long body":       post(r, timestamp, signature, strings.Repeat("x", maxBody+1)),
	} {
		if code < 400 || code >= 500 {
			t.Errorf("%s: answer %d", name, code)
		}
	}
	answer := httptest.NewRecorder()
	r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/deploy", nil))
	if answer.Code != http.StatusMethodNotAllowed || len(runs) > 0 {
		t.Errorf("answer %d, %q", answer.Code, runs)
	}
}
