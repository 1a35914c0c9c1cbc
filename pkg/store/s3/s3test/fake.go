package s3test

import (
	"bytes"
	"crypto/md5" // an S3 ETag
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store/s3"
)

// Fault is what a Fake does wrong with one request.
type Fault struct {
	Status   int           // answer this instead of acting
	Code     string        // the S3 error code of that answer
	After    string        // its Retry-After
	Lose     bool          // act, then break the connection instead of answering
	Truncate bool          // break the connection in the middle of the answer's body
	Delay    time.Duration // wait before acting
}

// Fake is a small S3 server for injecting faults; it checks no signatures. It has one bucket, "bucket".
type Fake struct {
	Endpoint string
	Ignore   bool // take no notice of conditions; set it before the first request

	busy     sync.RWMutex // held for reading by each request
	fault    func(*http.Request) *Fault
	mu       sync.Mutex
	objects  map[string]object
	requests []string
}

type object struct {
	body     []byte
	header   http.Header
	etag     string
	modified time.Time
}

// StartFake runs a fake for the length of the test.
func StartFake(t testing.TB) *Fake {
	t.Helper()
	f := &Fake{objects: map[string]object{}}
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	f.Endpoint = server.URL
	return f
}

// Config reaches the fake's bucket.
func (f *Fake) Config() s3.Config {
	return s3.Config{Endpoint: f.Endpoint, Bucket: "bucket", AccessKeyID: "id", SecretAccessKey: secret.New("key")}
}

// Inject has fault asked about each request from now on, when those under way have ended. Nil ends it.
func (f *Fake) Inject(fault func(*http.Request) *Fault) {
	f.busy.Lock()
	defer f.busy.Unlock()
	f.fault = fault
}

// Requests returns the requests so far: "PUT /bucket/key".
func (f *Fake) Requests() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.requests)
}

// Header returns one header of an object as it was written.
func (f *Fake) Header(key, name string) string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.objects["/bucket/"+key].header.Get(name)
}

// ServeHTTP reads the whole request, then acts under one lock.
func (f *Fake) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.busy.RLock()
	defer f.busy.RUnlock()
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var fault Fault
	if f.fault != nil {
		if p := f.fault(r); p != nil {
			fault = *p
		}
	}
	select {
	case <-time.After(fault.Delay):
	case <-r.Context().Done():
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.requests = append(f.requests, r.Method+" "+r.URL.Path)
	if fault.Status != 0 {
		if fault.After != "" {
			w.Header().Set("Retry-After", fault.After)
		}
		fail(w, fault.Status, fault.Code)
		return
	}
	answer := httptest.NewRecorder()
	f.act(answer, r, body)
	if fault.Lose {
		panic(http.ErrAbortHandler)
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	out := answer.Body.Bytes()
	if fault.Truncate {
		_, _ = w.Write(out[:len(out)/2])
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(out)
}

// act serves one request of the S3 protocol.
func (f *Fake) act(w http.ResponseWriter, r *http.Request, body []byte) {
	if r.URL.Path != "/bucket" && !strings.HasPrefix(r.URL.Path, "/bucket/") {
		fail(w, http.StatusNotFound, "NoSuchBucket")
		return
	}
	o, exists := f.objects[r.URL.Path]
	switch {
	case r.Method == http.MethodPut:
		f.put(w, r, body, o, exists)
	case r.Method == http.MethodDelete:
		delete(f.objects, r.URL.Path)
		w.WriteHeader(http.StatusNoContent)
	case r.URL.Query().Has("list-type"):
		f.list(w, r)
	case !exists:
		fail(w, http.StatusNotFound, "NoSuchKey")
	case r.Header.Get("Range") != "":
		w.Header().Set("ETag", o.etag)
		http.ServeContent(w, r, "", o.modified, bytes.NewReader(o.body))
	default:
		w.Header().Set("ETag", o.etag)
		w.Header().Set("Content-Type", "application/octet-stream")
		http.ServeContent(w, r, "", o.modified, bytes.NewReader(o.body)) // with ranges
	}
}

func (f *Fake) put(w http.ResponseWriter, r *http.Request, body []byte, old object, exists bool) {
	if !f.Ignore {
		match := r.Header.Get("If-Match")
		switch {
		case match != "" && !exists:
			fail(w, http.StatusNotFound, "NoSuchKey")
			return
		case match != "" && match != old.etag, r.Header.Get("If-None-Match") == "*" && exists:
			fail(w, http.StatusPreconditionFailed, "PreconditionFailed")
			return
		}
	}
	sum := md5.Sum(body)
	o := object{body: bytes.Clone(body), header: r.Header.Clone(), modified: time.Now(), etag: `"` + hex.EncodeToString(sum[:]) + `"`}
	f.objects[r.URL.Path] = o
	w.Header().Set("ETag", o.etag)
}

// list answers with pages of three, so that paging is tried.
func (f *Fake) list(w http.ResponseWriter, r *http.Request) {
	type entry struct {
		Key          string
		Size         int
		ETag         string
		LastModified time.Time
	}
	var page struct {
		XMLName               xml.Name `xml:"ListBucketResult"`
		IsTruncated           bool
		NextContinuationToken string
		Contents              []entry
	}
	q := r.URL.Query()
	for path, o := range f.objects {
		key := strings.TrimPrefix(path, "/bucket/")
		if strings.HasPrefix(key, q.Get("prefix")) && key > max(q.Get("continuation-token"), q.Get("start-after")) {
			page.Contents = append(page.Contents, entry{key, len(o.body), o.etag, o.modified})
		}
	}
	slices.SortFunc(page.Contents, func(a, b entry) int { return strings.Compare(a.Key, b.Key) })
	if len(page.Contents) > 3 {
		page.Contents = page.Contents[:3]
		page.IsTruncated, page.NextContinuationToken = true, page.Contents[2].Key
	}
	w.Header().Set("Content-Type", "application/xml")
	_ = xml.NewEncoder(w).Encode(page)
}

func fail(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "<Error><Code>%s</Code><Message>injected %d</Message></Error>", code, status)
}
