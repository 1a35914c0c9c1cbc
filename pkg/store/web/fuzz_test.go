package web

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"
)

type answer struct {
	status         int
	body, modified string
	length         int64
}

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: a.length,
		Header: http.Header{"Last-Modified": {a.modified}, "Etag": {a.modified}, "Content-Length": {a.modified}},
		Body:   io.NopCloser(strings.NewReader(a.body)),
	}, nil
}

// FuzzAnswer: a range is never longer than was asked for, and headers that say nonsense are no value.
func FuzzAnswer(f *testing.F) {
	f.Add(200, "0123456789", "Fri, 02 Jan 2026 03:05:05 GMT", int64(3), int64(4))
	f.Add(206, "3456", "-1", int64(3), int64(4))
	f.Add(404, "\x1b[31m", "99999999999999999999", int64(0), int64(1))
	f.Fuzz(func(t *testing.T, status int, body, header string, offset, length int64) {
		if status < 200 || status >= 300 && status < 400 || status == 429 || status >= 500 || offset < 0 || length < 1 || offset > 1<<40 ||
			length > 1<<40 {
			return
		}
		st, err := New("https://example.org/alpine", answer{status, body, header, int64(len(body))})
		if err != nil {
			t.Fatal(err)
		}
		r, err := st.Range(t.Context(), "a/b.apk", offset, length)
		if err == nil {
			text, err := io.ReadAll(r)
			if int64(len(text)) > length || err != nil || !strings.Contains(body, string(text)) {
				t.Errorf("%q of %q: %v", text, body, err)
			}
			_ = r.Close()
		} else if strings.ContainsRune(err.Error(), '\x1b') {
			t.Errorf("%q", err)
		}
		info, err := st.Stat(t.Context(), "a/b.apk")
		if err == nil && (info.Key != "a/b.apk" || info.Modified.After(time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC))) {
			t.Errorf("%+v", info)
		}
	})
}
