package open

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"time"

	"golang.org/x/net/http/httpproxy"

	"github.com/pakman/build/pkg/store"
)

const defaultTimeout = time.Minute

// NewTransport returns how other servers than the store are reached, with the same settings.
func NewTransport(cfg Config) (http.RoundTripper, error) { return cfg.transport(false) }

// transport returns the transport to servers, watched if that is asked for.
func (cfg Config) transport(warm bool) (http.RoundTripper, error) {
	made, err := cfg.unwatched(warm)
	if err != nil || cfg.Watch == nil {
		return made, err
	}
	return cfg.Watch(made), nil
}

// unwatched returns the transport to servers: through the environment's proxies, trusting the system's certificate authorities and
// the given ones, and without waiting forever. Warm makes connections ahead of their use.
func (cfg Config) unwatched(warm bool) (http.RoundTripper, error) {
	if cfg.Transport != nil {
		return cfg.Transport, nil
	}
	if cfg.Timeout < 0 {
		return nil, &store.Problem{What: fmt.Sprintf("a timeout of %v is not possible", cfg.Timeout),
			Hint: "give " + cfg.setting("timeout") + " as 30s or 5m"}
	}
	pool, err := cfg.authorities()
	if err != nil {
		return nil, err
	}
	timeout := cmp.Or(cfg.Timeout, defaultTimeout)
	proxy := cfg.proxies().ProxyFunc()
	plain := dial(&net.Dialer{Timeout: timeout, KeepAlive: 30 * time.Second}, timeout)
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: pool}
	secure := secured(plain, config, timeout)
	if warm {
		plain, secure = (&warmer{dial: plain}).Dial, (&warmer{dial: secure}).Dial
	}
	return &http.Transport{
		Proxy:                  func(r *http.Request) (*url.URL, error) { return proxy(r.URL) },
		DialContext:            plain,
		DialTLSContext:         secure, // of connections without a proxy
		TLSClientConfig:        config,
		TLSHandshakeTimeout:    timeout,
		ResponseHeaderTimeout:  timeout,
		ExpectContinueTimeout:  10 * time.Second,
		IdleConnTimeout:        timeout / 2, // before the deadline of the read that waits on it
		MaxIdleConnsPerHost:    16,
		MaxResponseHeaderBytes: 1 << 20,
		DisableCompression:     true, // packages are compressed already, and their bytes count
	}, nil
}

// authorities returns the trusted certificate authorities; nil for only the system's.
func (cfg Config) authorities() (*x509.CertPool, error) {
	file := cmp.Or(cfg.CAFile, cfg.Getenv("AWS_CA_BUNDLE"))
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	pool, errSystem := x509.SystemCertPool()
	if errSystem != nil {
		pool = x509.NewCertPool()
	}
	if err == nil && !pool.AppendCertsFromPEM(pem) {
		err = errors.New(file + " holds no certificate in PEM form")
	}
	if err != nil {
		return nil, &store.Problem{What: "cannot use the file of certificate authorities", Err: err,
			Hint: "check " + cfg.setting("ca-file") + " or AWS_CA_BUNDLE"}
	}
	return pool, nil
}

// proxies returns the proxies of the environment, whose variables may be in upper or lower case.
func (cfg Config) proxies() *httpproxy.Config {
	return &httpproxy.Config{
		HTTPProxy:  cmp.Or(cfg.Getenv("HTTP_PROXY"), cfg.Getenv("http_proxy")),
		HTTPSProxy: cmp.Or(cfg.Getenv("HTTPS_PROXY"), cfg.Getenv("https_proxy")),
		NoProxy:    cmp.Or(cfg.Getenv("NO_PROXY"), cfg.Getenv("no_proxy")),
	}
}

// dial returns connections on which a server that falls silent is given up, in the middle of a body too.
func dial(d *net.Dialer, silence time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := d.DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		return &watchedConn{Conn: conn, silence: silence}, nil
	}
}

// watchedConn moves its deadline with each read and write. A write moves that of the read too which waits beside
// it: there is no answer while a large request is on its way.
type watchedConn struct {
	net.Conn
	silence time.Duration
}

func (c *watchedConn) Read(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Read(p)
}

func (c *watchedConn) Write(p []byte) (int, error) {
	if err := c.SetDeadline(time.Now().Add(c.silence)); err != nil {
		return 0, err
	}
	return c.Conn.Write(p)
}
