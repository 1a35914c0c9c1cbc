package gateway

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"time"
)

// Timeouts of a connection. A client of a slow line may take long for a package, but something has to move.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second
	idleTimeout    = 2 * time.Minute
)

// grace is how long answers in progress may take when the server is stopped.
const grace = 20 * time.Second

// Serve answers requests on the listener until ctx ends, and lets answers in progress finish. A nil config: without TLS.
func Serve(ctx context.Context, l net.Listener, h http.Handler, config *tls.Config, log *slog.Logger) error {
	s := &http.Server{
		Handler: h, TLSConfig: config, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		last, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err := s.Shutdown(last)
		if err != nil {
			err = errors.Join(err, s.Close())
		}
		ended <- err
	})
	defer stop()
	l = newConnections(l, maxConnections, maxPerClient)
	var err error
	if config != nil {
		err = s.ServeTLS(l, "", "")
	} else {
		err = s.Serve(l)
	}
	if !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}

// TLS returns the configuration of a server with the certificate of these PEM files. They are read again when they change, so
// that a renewed certificate needs no restart.
func TLS(certFile, keyFile string) (*tls.Config, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile}
	if _, err := c.get(nil); err != nil {
		return nil, err
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: c.get}, nil
}

type certificate struct {
	certFile, keyFile string

	mu     sync.Mutex
	loaded *tls.Certificate
	of     time.Time // when the file was written that is loaded
}

// get returns the certificate that is loaded while a new one is being written.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	info, err := os.Stat(c.certFile)
	if err == nil && (c.loaded == nil || !info.ModTime().Equal(c.of)) {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(c.certFile, c.keyFile); err == nil {
			c.loaded, c.of = &pair, info.ModTime()
		}
	}
	if c.loaded != nil {
		return c.loaded, nil
	}
	return nil, err
}
