package s3_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

// A store that never comes to an end is given up, and the bound that it crossed is named.
func TestEndlessAnswers(t *testing.T) {
	s3.ShortenListings(t, 40, 25)
	page := func(w io.Writer, token string, keys ...string) {
		fmt.Fprint(w, "<ListBucketResult><IsTruncated>true</IsTruncated><NextContinuationToken>"+token+"</NextContinuationToken>")
		for _, key := range keys {
			fmt.Fprintf(w, "<Contents><Key>%s</Key><Size>1</Size><LastModified>2026-01-02T03:04:05Z</LastModified></Contents>", key)
		}
		fmt.Fprint(w, "</ListBucketResult>")
	}
	var n atomic.Int64
	endless := func(w http.ResponseWriter) {
		block := []byte(strings.Repeat("<Contents></Contents>", 10_000))
		for range 200 {
			if _, err := w.Write(block); err != nil {
				return
			}
		}
	}
	for name, c := range map[string]struct {
		answer func(w http.ResponseWriter)
		want   string
	}{
		"the same token":     {func(w http.ResponseWriter) { page(w, "same") }, "the same continuation token twice"},
		"tokens in a circle": {func(w http.ResponseWriter) { page(w, fmt.Sprint(n.Add(1)%3)) }, "the same continuation token twice"},
		"empty pages":        {func(w http.ResponseWriter) { page(w, fmt.Sprint(n.Add(1))) }, "more than 40 pages"},
		"objects without end": {func(w http.ResponseWriter) {
			i := n.Add(1)
			page(w, fmt.Sprint(i), fmt.Sprintf("k/%09d", i))
		}, "more than 25 objects"},
		"an endless page": {func(w http.ResponseWriter) {
			fmt.Fprint(w, "<ListBucketResult>")
			endless(w)
		}, "more than 16777216 bytes"},
		"an endless refusal": {func(w http.ResponseWriter) {
			w.WriteHeader(http.StatusForbidden)
			endless(w)
		}, "may not list"},
	} {
		t.Run(name, func(t *testing.T) {
			n.Store(0)
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { c.answer(w) }))
			defer server.Close()
			st := s3test.New(t, s3.Config{Endpoint: server.URL, Region: "us-east-1", Bucket: "bucket", AccessKeyID: "id",
				SecretAccessKey: secret.New("key")})
			var failed error
			for _, err := range st.List(t.Context(), "k/") {
				failed = err
			}
			if failed == nil || !strings.Contains(strings.Replace(failed.Error(), "2000000", "25", 1), c.want) {
				t.Errorf("%v", failed)
			}
		})
	}
}

// Objects under names that are no keys are nobody's business.
func TestListingOfOddNames(t *testing.T) {
	fake := s3test.StartFake(t)
	for _, path := range []string{"/bucket/d/./a", "/bucket/d/../b", "/bucket/d//c", "/bucket/d/e/"} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, fake.Endpoint+"/x", strings.NewReader("x"))
		if err != nil {
			t.Fatal(err)
		}
		req.URL.Path = path
		fake.ServeHTTP(httptest.NewRecorder(), req)
	}
	st := s3test.New(t, fake.Config())
	if _, err := storetest.Put(st, "d/good", "x", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if keys := storetest.Keys(t, st, "d/"); len(keys) != 1 || keys[0] != "d/good" {
		t.Errorf("%q", keys)
	}
}
