package gateway_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/pakman/build/pkg/gateway"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// running is a server that has not ended yet.
type running struct {
	address string
	stop    context.CancelFunc
	ended   chan error
}

func serve(t *testing.T, h http.Handler, config *tls.Config) running {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r := running{l.Addr().String(), stop, make(chan error, 1)}
	go func() { r.ended <- gateway.Serve(ctx, l, h, config, slog.New(slog.DiscardHandler)) }()
	t.Cleanup(stop)
	return r
}

// An answer that is under way when the end is asked for comes to its end; there is no other one after that.
func TestShutdown(t *testing.T) {
	begun, more := make(chan struct{}), make(chan struct{})
	r := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "one ")
		_ = http.NewResponseController(w).Flush()
		close(begun)
		<-more
		fmt.Fprint(w, "two")
	}), nil)
	resp, err := http.Get("http://" + r.address)
	if err != nil {
		t.Fatal(err)
	}
	<-begun
	r.stop()
	for { // until nobody listens any more
		conn, err := net.Dial("tcp", r.address)
		if err != nil {
			break
		}
		_ = conn.Close()
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-r.ended:
		t.Fatalf("ended with an answer under way: %v", err)
	default:
	}
	close(more)
	if text, err := io.ReadAll(resp.Body); err != nil || string(text) != "one two" || resp.Body.Close() != nil {
		t.Errorf("%q, %v", text, err)
	}
	if err := <-r.ended; err != nil {
		t.Error(err)
	}
}

// A renewed certificate is shown without a restart, and the old one while the new one is not whole.
func TestCertificate(t *testing.T) {
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if _, err := gateway.TLS(cert, key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no files: %v", err)
	}
	s3test.WriteCertificate(t, cert, key)
	config, err := gateway.TLS(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	r := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "secure") }), config)
	get := func() error {
		pool := x509.NewCertPool()
		text, err := os.ReadFile(cert)
		if err != nil || !pool.AppendCertsFromPEM(text) {
			t.Fatal(err)
		}
		client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
		defer client.CloseIdleConnections()
		resp, err := client.Get("https://" + r.address)
		if err != nil {
			return err
		}
		return resp.Body.Close()
	}
	if err := get(); err != nil {
		t.Error(err)
	}
	old, err := os.ReadFile(cert)
	if err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Hour)
	if err := errors.Join(os.WriteFile(cert, []byte("half"), 0o600), os.Chtimes(cert, later, later)); err != nil {
		t.Fatal(err)
	}
	conn, err := tls.Dial("tcp", r.address, &tls.Config{InsecureSkipVerify: true})
	if err != nil {
		t.Fatalf("a certificate that is half written: %v", err)
	}
	_ = conn.Close()
	s3test.WriteCertificate(t, cert, key)
	if text, err := os.ReadFile(cert); err != nil || string(text) == string(old) {
		t.Fatal("the same certificate", err)
	}
	if err := get(); err != nil {
		t.Errorf("a new certificate: %v", err)
	}
}

// A client that does not end its request is let go.
func TestHeaderTimeout(t *testing.T) {
	t.Parallel()
	r := serve(t, http.NotFoundHandler(), nil)
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: x\r\nX: "); err != nil {
		t.Fatal(err)
	}
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	var timeout net.Error
	if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); errors.As(err, &timeout) && timeout.Timeout() {
		t.Error("it is still waited for after two minutes")
	}
}
