package s3test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// Proxy is an HTTP proxy that tunnels connections to Domain, and to names below it, to one server.
type Proxy struct {
	URL string

	mu    sync.Mutex
	hosts []string
}

// StartProxy runs a proxy to the server for the length of the test.
func (s *Server) StartProxy(t testing.TB) *Proxy {
	t.Helper()
	p := &Proxy{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.tunnel(w, r, strings.TrimPrefix(s.Endpoint, "https://"))
	}))
	t.Cleanup(server.Close)
	p.URL = server.URL
	return p
}

// Hosts returns the hosts that the proxy was asked for.
func (p *Proxy) Hosts() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string{}, p.hosts...)
}

func (p *Proxy) tunnel(w http.ResponseWriter, r *http.Request, address string) {
	host, _, _ := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || host != Domain && !strings.HasSuffix(host, "."+Domain) {
		w.WriteHeader(http.StatusForbidden)
		return
	}
	p.mu.Lock()
	p.hosts = append(p.hosts, host)
	p.mu.Unlock()
	up, err := net.Dial("tcp", address)
	if err != nil {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	defer func() { _ = up.Close() }()
	down, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	defer func() { _ = down.Close() }()
	_, _ = io.WriteString(down, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		_, _ = io.Copy(up, down)
		_ = up.Close()
	}()
	_, _ = io.Copy(down, up)
}
