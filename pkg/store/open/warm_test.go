package open

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// counted is a server's end of connections.
type counted struct {
	mu           sync.Mutex
	made, closed int
	fails        int // how many connections fail, after the first
}

type countedConn struct {
	net.Conn
	of *counted
}

func (c *countedConn) Close() error {
	c.of.mu.Lock()
	defer c.of.mu.Unlock()
	c.of.closed++
	return nil
}

func (c *counted) dial(context.Context, string, string) (net.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made++; c.made > 1 && c.fails > 0 {
		c.fails--
		return nil, errors.New("refused")
	}
	return &countedConn{of: c}, nil
}

// The first server's connections are made with its first one, and closed when nobody takes them. Where one of them failed, its
// taker makes its own; another server has none.
func TestWarm(t *testing.T) {
	for name, c := range map[string]struct {
		addresses   []string
		pause       time.Duration // before the second
		fails       int
		made, spare int
	}{
		"as many as there are": {[]string{"a", "a", "a", "a", "a"}, 0, 0, warmed, 0},
		"more":                 {[]string{"a", "a", "a", "a", "a", "a"}, 0, 0, warmed + 1, 0},
		"one only":             {[]string{"a"}, 0, 0, warmed, warmed - 1},
		"another server":       {[]string{"a", "b"}, 0, 0, warmed + 1, warmed - 1},
		"late":                 {[]string{"a", "a"}, 2 * warmAge, 0, warmed + 1, warmed - 1},
		"failed":               {[]string{"a", "a", "a", "a", "a"}, 0, 2, warmed + 2, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				server := &counted{fails: c.fails}
				w := &warmer{dial: server.dial}
				for i, address := range c.addresses {
					if _, err := w.Dial(t.Context(), "tcp", address); err != nil {
						t.Fatal(err)
					}
					synctest.Wait()
					if i == 0 {
						time.Sleep(c.pause)
					}
				}
				time.Sleep(2 * warmAge)
				synctest.Wait()
				if server.made != c.made || server.closed != c.spare {
					t.Errorf("%d connections, %d of them closed; want %d and %d", server.made, server.closed, c.made, c.spare)
				}
			})
		})
	}
}
