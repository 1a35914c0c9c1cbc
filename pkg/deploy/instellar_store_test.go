package deploy_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/pipeline"
)

// weather is a network between the program and a real S3 server that lets some of its requests fail.
type weather struct {
	http.RoundTripper
	mu   sync.Mutex
	seen map[string]int // how often each request was made
	// answer returns what becomes of a request that was made n times before: a status and an S3 error code in place of the
	// server's answer; 0: it passes; lost: the server acts and its answer does not arrive.
	answer func(r *http.Request, n int) (status int, code string)
}

const lost = -1

func (w *weather) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasPrefix(r.URL.Path, "/publish/") {
		return w.RoundTripper.RoundTrip(r)
	}
	w.mu.Lock()
	name := r.Method + " " + r.URL.String()
	n := w.seen[name]
	w.seen[name]++
	w.mu.Unlock()
	status, code := w.answer(r, n)
	switch status {
	case 0:
		return w.RoundTripper.RoundTrip(r)
	case lost:
		if answer, err := w.RoundTripper.RoundTrip(r); err == nil {
			_ = answer.Body.Close()
		}
		return nil, errors.New("connection reset by peer")
	}
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {"application/xml"}},
		Body:   io.NopCloser(strings.NewReader("<Error><Code>" + code + "</Code><Message>no</Message></Error>")),
	}, nil
}

// Each kind of request of the bucket fails for a passing reason, before or after the server has acted; the delivery is
// complete all the same, which the platform sees to.
func TestDeployStoreFaults(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	i := 0
	for _, method := range []string{http.MethodGet, http.MethodPut, http.MethodHead} {
		for name, status := range map[string]int{"unavailable": 503, "lost": lost} {
			t.Run(method+" "+name, func(t *testing.T) {
				i++
				o := a.options(packages)
				o.AllowOlder, o.Commit.SHA = true, strings.Repeat("f", i)
				w := &weather{RoundTripper: o.HTTP.Transport, seen: map[string]int{}, answer: func(r *http.Request, n int) (int, string) {
					if r.Method == method && n == 0 {
						return status, "SlowDown"
					}
					return 0, ""
				}}
				o.HTTP.Transport = w
				rep, err := pipeline.Deploy(t.Context(), o, a.console)
				if err != nil {
					t.Fatal(err)
				}
				if rep.Deployment.Objects != 4 {
					t.Errorf("%+v", rep.Deployment)
				}
			})
		}
	}
}

// A bucket that cannot be listed is filled without looking at earlier versions, and this is said; one that cannot be
// written ends the delivery before the deployment is created.
func TestDeployStoreDenied(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	deny := func(method string) pipeline.DeployOptions {
		o := a.options(packages)
		o.HTTP.Transport = &weather{RoundTripper: o.HTTP.Transport, seen: map[string]int{},
			answer: func(r *http.Request, _ int) (int, string) {
				if r.Method == method {
					return 403, "AccessDenied"
				}
				return 0, ""
			}}
		return o
	}
	if _, err := pipeline.Deploy(t.Context(), deny(http.MethodPut), a.console); err == nil ||
		!strings.Contains(err.Error(), "may not write in bucket") {
		t.Errorf("%v", err)
	}
	if a.platform.Deployment(deployed) != nil {
		t.Error("a deployment was created of packages that are not there")
	}
	if _, err := pipeline.Deploy(t.Context(), deny(http.MethodGet), a.console); err != nil {
		t.Error(err)
	}
	if !strings.Contains(a.console.String(), "the version is not compared with the last delivered one") {
		t.Error("nothing is said of it")
	}
}
