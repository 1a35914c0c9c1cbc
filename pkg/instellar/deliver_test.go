package instellar

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

func delivery(text string) Delivery {
	content := func(s string) store.Content { return store.BytesContent([]byte(s)) }
	return Delivery{Organization: "acme", Package: "blog", SHA: "abc123", Files: []File{
		{Arch: "x86_64", Name: "APKINDEX.tar.gz", Content: content("index" + text)},
		{Arch: "x86_64", Name: "blog-1.0-r0.apk", Content: content("package" + text)},
	}}
}

func client(t *testing.T, token string) *Client {
	t.Helper()
	c, err := New(Config{AuthToken: secret.New("auth"), PackageToken: secret.New(token)})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Each object is one PUT, without an ACL, and is looked at afterwards.
func TestUpload(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	var mu sync.Mutex // requests come at once
	var kinds []string
	fake.Inject(func(r *http.Request) *s3test.Fault {
		mu.Lock()
		defer mu.Unlock()
		if r.Method == http.MethodPut {
			kinds = append(kinds, r.Header.Get("Content-Type"))
			for name := range r.Header {
				if strings.Contains(strings.ToLower(name), "acl") {
					t.Errorf("the header %s is sent", name)
				}
			}
			if !strings.HasPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ") || r.URL.RawQuery != "" {
				t.Errorf("%s %s", r.URL, r.Header.Get("Authorization"))
			}
		}
		return nil
	})
	sent, err := client(t, "token").Upload(t.Context(), st, delivery(""), nil)
	if err != nil {
		t.Fatal(err)
	}
	if sent.Objects != 3 || len(kinds) != 3 || !slices.Contains(kinds, "application/zip") {
		t.Errorf("%+v %v", sent, kinds)
	}
	if !regexp.MustCompile(`^archives/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/packages\.zip$`).MatchString(
		sent.ArchivePath) {
		t.Error(sent.ArchivePath)
	}
	want := []string{"PUT /bucket/" + sent.ArchivePath, "PUT /bucket/deployments/acme/blog/abc123/x86_64/APKINDEX.tar.gz",
		"PUT /bucket/deployments/acme/blog/abc123/x86_64/blog-1.0-r0.apk"}
	for _, put := range want {
		after := slices.Index(fake.Requests(), put)
		if after < 0 || !slices.Contains(fake.Requests()[after:], strings.Replace(put, "PUT", "HEAD", 1)) {
			t.Errorf("%s was not made, or not looked after: %v", put, fake.Requests())
		}
	}
}

// A run that ended anywhere in the middle is finished by the next, which sends only what is missing.
func TestUploadAgain(t *testing.T) {
	for broken := range 3 {
		fake := s3test.StartFake(t)
		st := s3test.New(t, fake.Config())
		c, puts := client(t, "token"), 0
		ctx, cancel := context.WithCancel(t.Context())
		fake.Inject(func(r *http.Request) *s3test.Fault {
			if r.Method == http.MethodPut {
				if puts++; puts > broken {
					cancel()
					return &s3test.Fault{Status: 503, Code: "SlowDown"}
				}
			}
			return nil
		})
		d := delivery("")
		d.Parallel = 1
		if _, err := c.Upload(ctx, st, d, nil); err == nil {
			t.Fatal("no error of a run that was cancelled")
		}
		fake.Inject(nil)
		earlier, err := Earlier(t.Context(), st, d)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := c.Upload(t.Context(), st, d, earlier)
		if err != nil || sent.Objects != 3-broken {
			t.Errorf("%d objects were there: %+v, %v", broken, sent, err)
		}
		earlier, err = Earlier(t.Context(), st, d)
		if err != nil || len(earlier) != 2 {
			t.Errorf("%v %v", earlier, err)
		}
		if sent, err = c.Upload(t.Context(), st, d, earlier); err != nil || sent.Objects != 0 {
			t.Errorf("a whole delivery once more: %+v, %v", sent, err)
		}
	}
}

// The archive's address changes with its content, its commit and the package's token.
func TestArchivePath(t *testing.T) {
	st := s3test.New(t, s3test.StartFake(t).Config())
	paths := map[string]bool{}
	other := delivery("")
	other.SHA = "def456"
	for _, run := range []struct {
		token string
		d     Delivery
	}{{"token", delivery("")}, {"token", delivery("")}, {"token", delivery("x")}, {"other", delivery("")}, {"token", other}} {
		sent, err := client(t, run.token).Upload(t.Context(), st, run.d, nil)
		if err != nil {
			t.Fatal(err)
		}
		paths[sent.ArchivePath] = true
	}
	if len(paths) != 4 {
		t.Errorf("%v", paths)
	}
}

// An object that is not afterwards what was sent is sent again, and in the end the delivery fails.
func TestUploadDamaged(t *testing.T) {
	st := &spoiling{Store: s3test.New(t, s3test.StartFake(t).Config())}
	st.spoil.Store(2)
	if _, err := client(t, "token").Upload(t.Context(), st, delivery(""), nil); err != nil {
		t.Errorf("the third attempt was good: %v", err)
	}
	st.spoil.Store(100)
	_, err := client(t, "token").Upload(t.Context(), st, delivery("x"), nil)
	if err == nil || !strings.Contains(err.Error(), "is not what was sent") || !strings.Contains(err.Error(), "3 attempts") {
		t.Errorf("%v", err)
	}
}

// spoiling changes what is written to the index.
type spoiling struct {
	store.Store
	spoil atomic.Int32 // how often it still happens
}

func (s *spoiling) Put(ctx context.Context, key string, c store.Content, o store.PutOptions) (store.Info, error) {
	if strings.HasSuffix(key, "APKINDEX.tar.gz") && s.spoil.Add(-1) >= 0 {
		c = store.BytesContent([]byte("spoilt"))
	}
	return s.Store.Put(ctx, key, c, o)
}

func TestInvalid(t *testing.T) {
	for body, want := range map[string]string{
		`{"errors":{"detail":"Unprocessable Entity"}}`:                         ": Unprocessable Entity",
		`{"errors":{"page":{"title":["can't be blank"]}}}`:                     "page.title: can't be blank",
		`{"errors":{"page":{"title":"can't be blank"}}}`:                       "page.title: can't be blank",
		`{"errors":{"kits":[{},{"name":["is taken","is short"]}]}}`:            "kits[1].name: is taken|kits[1].name: is short",
		`{"errors":["one","two"]}`:                                             ": one|: two",
		`{"errors":{"deployment":{"stack":["is\nunknown"]}}}`:                  "stack: is unknown",
		`{"errors":[{"title":"bad","source":{"pointer":"/payload/plans/0"}}]}`: "plans[0]: bad",
		`<html>`: "",
		`{"data":{"errors":{"kits":[{"name":["is taken"]}]}}}`: "kits[0].name: is taken",
		`{"error":{"message":"is not allowed"}}`:               ": is not allowed",
		`{"error":"x"}`:                                        "",
		`{"errors":null}`:                                      "",
	} {
		var got []string
		for _, v := range invalid([]byte(body)) {
			got = append(got, v.Path+": "+v.Message)
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
}

// hanging takes a request and never answers.
type hanging struct{ store.Store }

func (hanging) Put(ctx context.Context, _ string, _ store.Content, _ store.PutOptions) (store.Info, error) {
	<-ctx.Done()
	return store.Info{}, ctx.Err()
}

// An upload that hangs is given the time of its size, three times; one that is cancelled ends at once.
func TestUploadTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := &measured{Content: huge{size: 10 << 20}}
		began := time.Now()
		st := hanging{s3test.New(t, s3.Config{Endpoint: "http://127.0.0.1:1", Bucket: "bucket", AccessKeyID: "id",
			SecretAccessKey: secret.New("key")})}
		err := upload(t.Context(), st, "key", content, store.PutOptions{ContentType: "application/zip"})
		want := 3 * (2*time.Minute + 320*time.Second)
		// There are short waits between.
		if took := time.Since(began); err == nil || took < want || took > want+time.Minute ||
			!strings.Contains(err.Error(), "it took more than 7m20s") {
			t.Errorf("%v after %v, want %v", err, took, want)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		err = upload(ctx, st, "key", content, store.PutOptions{ContentType: "application/zip"})
		if !errors.Is(err, context.DeadlineExceeded) ||
			time.Since(began) != time.Second {
			t.Errorf("cancelled: %v after %v", err, time.Since(began))
		}
	})
}

// List asks for objects and gets no answer.
func (hanging) List(ctx context.Context, _ string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		<-ctx.Done()
		yield(store.Info{}, fmt.Errorf("list: %w", ctx.Err()))
	}
}

// A storage that never answers is given up soon, and named.
func TestSilentStorage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		st := hanging{s3test.New(t, s3.Config{Endpoint: "https://storage.invalid", Bucket: "bucket", AccessKeyID: "id",
			SecretAccessKey: secret.New("key")})}
		began := time.Now()
		_, err := Earlier(t.Context(), st, delivery(""))
		const want = "the platform's storage https://storage.invalid/bucket/ does not answer within 20s"
		if took := time.Since(began); err == nil || !strings.Contains(err.Error(), want) || took != 20*time.Second {
			t.Errorf("%v after %v", err, took)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := Earlier(ctx, st, delivery("")); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("cancelled: %v", err)
		}
	})
}

// Objects that are sent in parts, whose ETag is another one, are known again without being read.
func TestUploadLarge(t *testing.T) {
	server := s3test.Start(t)
	st := store.Count(server.Store(t, server.Bucket(t, "")))
	d := delivery("")
	d.Files[1].Content = store.BytesContent(bytes.Repeat([]byte("0123456789abcdef"), (store.Large+16)/16))
	c := client(t, "token")
	for want := range []int{0, 1} {
		earlier, err := Earlier(t.Context(), st, d)
		if err != nil {
			t.Fatal(err)
		}
		sent, err := c.Upload(t.Context(), st, d, earlier)
		if err != nil || sent.Objects != 3*(1-want) {
			t.Errorf("%+v, %v", sent, err)
		}
	}
	if n := st.Traffic().Received; n > 0 {
		t.Errorf("%d bytes were read", n)
	}
}
