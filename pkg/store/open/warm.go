package open

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"
)

// warmed is how many connections to a server are made with the first one: as many as a publish uses at the same time. A
// connection that is made only when it is needed costs a distant publisher two more round trips.
const warmed = 5

// warmAge is how long such a connection waits to be used: servers close idle ones.
const warmAge = 5 * time.Second

// warmer makes connections ahead of their use, to the server that is dialled first.
type warmer struct {
	dial  func(ctx context.Context, network, address string) (net.Conn, error)
	mu    sync.Mutex
	first string
	ready []chan net.Conn
}

// Dial returns a connection that was made ahead, or one of its own.
func (w *warmer) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	if conn := w.take(ctx, network, address); conn != nil {
		return conn, nil
	}
	return w.dial(ctx, network, address)
}

// take returns the next connection that was made ahead; nil if there is none. The first caller has them made.
func (w *warmer) take(ctx context.Context, network, address string) net.Conn {
	w.mu.Lock()
	if w.first == "" {
		w.first = address
		for range warmed - 1 {
			w.ready = append(w.ready, w.ahead(context.WithoutCancel(ctx), network, address))
		}
		w.mu.Unlock()
		return nil
	}
	if w.first != address || len(w.ready) == 0 {
		w.mu.Unlock()
		return nil
	}
	next := w.ready[0]
	w.ready = w.ready[1:]
	w.mu.Unlock()
	select {
	case made := <-next: // nil when it failed or was closed
		return made
	case <-ctx.Done():
	}
	return nil
}

// ahead makes a connection, and closes it when nobody takes it in time.
func (w *warmer) ahead(ctx context.Context, network, address string) chan net.Conn {
	made := make(chan net.Conn)
	go func() {
		defer close(made)
		conn, err := w.dial(ctx, network, address)
		if err != nil {
			return // whoever needs one finds out
		}
		select {
		case made <- conn:
		case <-time.After(warmAge):
			_ = conn.Close()
		}
	}()
	return made
}

// secured returns a dial function that makes TLS connections.
func secured(dial func(context.Context, string, string) (net.Conn, error), config *tls.Config,
	timeout time.Duration) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dial(ctx, network, address)
		if err != nil {
			return nil, err
		}
		config := config.Clone()
		if config.ServerName, _, err = net.SplitHostPort(address); err != nil {
			return nil, err
		}
		ctx, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		secure := tls.Client(conn, config)
		if err := secure.HandshakeContext(ctx); err != nil {
			_ = conn.Close()
			return nil, err
		}
		return secure, nil
	}
}
