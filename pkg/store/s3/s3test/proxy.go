package s3test

import (
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"testing"

	"github.com/minio/minio-go/v7/pkg/signer"
)

// Forgetful puts a proxy before the server that drops the conditions of writes, as some stores do. The
// requests are signed anew, since the conditions are part of the signature.
func (s *Server) Forgetful(t testing.TB) *Server {
	t.Helper()
	target, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	transport := s.Transport()
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			return transport.RoundTrip(signer.SignV4(*r, s.AccessKey, s.SecretKey, "", "us-east-1"))
		}),
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			for _, h := range []string{"If-Match", "If-None-Match", "Authorization", "X-Amz-Date"} {
				r.Out.Header.Del(h)
			}
		},
	})
	t.Cleanup(proxy.Close)
	return &Server{Endpoint: proxy.URL, AccessKey: s.AccessKey, SecretKey: s.SecretKey, CAFile: s.CAFile}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }
