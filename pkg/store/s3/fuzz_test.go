package s3_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
)

// fuzzServer is a server that answers each request with the same status and body.
type fuzzServer struct {
	status int
	body   string
	asked  int
}

func (a *fuzzServer) RoundTrip(r *http.Request) (*http.Response, error) {
	a.asked++
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/xml"}, "Etag": {`"x"`}, "Last-Modified": {"Fri, 02 Jan 2026 03:05:05 GMT"}},
		Body:   io.NopCloser(strings.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// FuzzAnswer: whatever a server answers, a listing ends, each key has the prefix that was asked for, and no error shows the
// credentials.
func FuzzAnswer(f *testing.F) {
	const list = `<ListBucketResult><IsTruncated>false</IsTruncated><Contents><Key>p/a</Key><Size>1</Size><ETag>"x"</ETag><LastModified>2026-01-02T03:05:05Z</LastModified></Contents></ListBucketResult>`
	f.Add(200, list)
	f.Add(200, strings.Replace(list, "false", "true", 1))
	f.Add(200, strings.Replace(
		strings.Replace(list, "false", "true</IsTruncated><NextContinuationToken>t</NextContinuationToken><IsTruncated>true", 1), "p/a",
		"../../x", 1))
	f.Add(200, strings.Replace(list, "p/a", "q/a", 1))
	f.Add(404, `<Error><Code>NoSuchKey</Code><Message>`+"\x1b[31m"+`</Message></Error>`)
	f.Add(403, "")
	f.Fuzz(func(t *testing.T, status int, body string) {
		if status < 200 || status > 599 || status >= 300 && status < 400 {
			return
		}
		server := &fuzzServer{status: status, body: body}
		st, err := s3.New(s3.Config{
			Endpoint: "http://127.0.0.1:1", Region: "us-east-1", Bucket: "bucket", Addressing: s3.Path, AccessKeyID: "id",
			SecretAccessKey: secret.New("secret-of-the-test"), Transport: server,
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		check := func(err error) {
			if err != nil && strings.Contains(err.Error(), "secret-of-the-test") && !strings.Contains(body, "secret-of-the-test") {
				t.Errorf("%v shows the secret", err)
			}
		}
		n := 0
		for info, err := range st.List(ctx, "p/") {
			check(err)
			if err == nil && !strings.HasPrefix(info.Key, "p/") {
				t.Errorf("%q is not below the prefix", info.Key)
			}
			if n++; n > 10_000 || err != nil {
				break
			}
		}
		if status < 500 {
			_, err = st.Stat(ctx, "p/a")
			check(err)
			r, _, err := st.Get(ctx, "p/a")
			check(err)
			if err == nil {
				text, err := io.ReadAll(r)
				if len(text) > len(body) || err == nil && string(text) != body {
					t.Errorf("%q came of %q", text, body)
				}
				_ = r.Close()
			}
			check(st.Delete(ctx, "p/a"))
		}
	})
}

var _ store.Store = (*s3.Store)(nil)
