package gateway_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"
)

// slowClients opens so many connections, each from an address that from returns, and holds them: a third does not end its
// request, a third takes nothing of its answer, a third sends nothing.
func slowClients(t *testing.T, address string, count int, from func(n int) string) {
	t.Helper()
	var group sync.WaitGroup
	at := make(chan struct{}, 64)
	for n := range count {
		at <- struct{}{}
		group.Go(func() {
			defer func() { <-at }()
			dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from(n))}, Timeout: 10 * time.Second, Control: smallBuffer}
			conn, err := dialer.DialContext(t.Context(), "tcp", address)
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = conn.Close() })
			switch n % 3 {
			case 0:
				_, _ = io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: ")
			case 1:
				_, _ = io.WriteString(conn, "GET /large HTTP/1.1\r\nHost: x\r\n\r\n")
			}
		})
	}
	group.Wait()
}

// smallBuffer lets the server notice early that its client reads nothing.
func smallBuffer(_, _ string, c syscall.RawConn) error {
	return c.Control(func(fd uintptr) { _ = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4096) })
}

// Slow clients, more than there is room for, do not keep an honest one from being served, whether they come from many
// addresses or from its own.
func TestSlowClients(t *testing.T) {
	large := bytes.Repeat([]byte("x"), 2<<20)
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/large" {
			_, _ = w.Write(large)
			return
		}
		fmt.Fprint(w, "index")
	})
	for name, from := range map[string]func(int) string{
		"many addresses":        func(n int) string { return fmt.Sprintf("127.1.%d.%d", n/250, 1+n%250) },
		"the client's address":  func(int) string { return "127.0.0.1" },
		"an address of another": func(int) string { return "127.2.0.1" },
	} {
		t.Run(name, func(t *testing.T) {
			r := serve(t, h, nil)
			slowClients(t, r.address, 1150, from)
			for range 5 {
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+r.address+"/", nil)
				if err != nil {
					t.Fatal(err)
				}
				client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
				resp, err := client.Do(request)
				if err != nil {
					t.Fatalf("the honest client: %v", err)
				}
				text, err := io.ReadAll(resp.Body)
				if err != nil || string(text) != "index" || resp.Body.Close() != nil {
					t.Errorf("%q, %v", text, err)
				}
				cancel()
			}
			// Also a download that takes a while goes to its end, while more slow clients come.
			resp, err := http.Get("http://" + r.address + "/large")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = resp.Body.Close() }()
			var got bytes.Buffer
			for got.Len() < len(large) {
				n, err := io.CopyN(&got, resp.Body, min(512<<10, int64(len(large)-got.Len())))
				if err != nil {
					t.Fatalf("after %d bytes: %v", n, err)
				}
				slowClients(t, r.address, 60, from)
			}
		})
	}
}
