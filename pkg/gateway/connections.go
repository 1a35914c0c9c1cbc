package gateway

import (
	"math"
	"net"
	"net/netip"
	"sync"
	"time"
)

// Bounds of the connections that are open at once.
const (
	maxConnections = 1024
	maxPerClient   = 256 // of one IPv4 address, or of one /64 network of IPv6, as one machine has many addresses there
)

const (
	// halfLife is the time after which what a connection has carried counts half.
	halfLife = 5 * time.Second
	// beginning is how long a connection may take to carry anything while others are closed for want of room.
	beginning = time.Second
)

// connections is a listener that has always room for one more client: when there are too many, it closes the connection
// that carries least. So slow clients, however many, do not lock out the others.
type connections struct {
	net.Listener
	total, perClient int

	mu       sync.Mutex
	open     map[*connection]bool
	byClient map[netip.Prefix]int
}

func newConnections(l net.Listener, total, perClient int) *connections {
	return &connections{Listener: l, total: total, perClient: perClient, open: map[*connection]bool{}, byClient: map[netip.Prefix]int{}}
}

// Accept waits for the next client.
func (l *connections) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	now := time.Now()
	c := &connection{Conn: conn, list: l, client: clientOf(conn.RemoteAddr()), since: now, at: now}
	if victim := l.add(c); victim != nil {
		_ = victim.Close() // it is in nobody's interest any more
	}
	return c, nil
}

// add notes a connection and returns the one to close for it, if any.
func (l *connections) add(c *connection) (victim *connection) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open[c] = true
	l.byClient[c.client]++
	var all bool
	switch {
	case l.byClient[c.client] > l.perClient:
	case len(l.open) > l.total:
		all = true
	default:
		return nil
	}
	least := math.Inf(1)
	for other := range l.open {
		if other == c || !all && other.client != c.client {
			continue
		}
		if worth := other.worth(c.since); worth < least {
			victim, least = other, worth
		}
	}
	if victim != nil {
		l.forget(victim)
	}
	return victim
}

// forget takes a connection out of the count. The lock is held.
func (l *connections) forget(c *connection) {
	if !l.open[c] {
		return
	}
	delete(l.open, c)
	if l.byClient[c.client]--; l.byClient[c.client] == 0 {
		delete(l.byClient, c.client)
	}
}

// clientOf returns the network that is taken for one client.
func clientOf(addr net.Addr) netip.Prefix {
	a, err := netip.ParseAddrPort(addr.String())
	if err != nil {
		return netip.Prefix{}
	}
	ip, bits := a.Addr().Unmap().WithZone(""), 32
	if ip.Is6() {
		bits = 64
	}
	prefix, _ := ip.Prefix(bits) // the number of bits is right
	return prefix
}

// connection knows how much it has carried lately.
type connection struct {
	net.Conn
	list   *connections
	client netip.Prefix
	since  time.Time

	mu      sync.Mutex
	carried float64 // bytes, at the time at
	at      time.Time
}

func (c *connection) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.count(n)
	return n, err
}

func (c *connection) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.count(n)
	return n, err
}

// Close closes the connection and makes room for another one.
func (c *connection) Close() error {
	c.list.mu.Lock()
	c.list.forget(c)
	c.list.mu.Unlock()
	return c.Conn.Close()
}

func (c *connection) count(n int) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.carried, c.at = c.decayed(now)+float64(n), now
}

func (c *connection) decayed(now time.Time) float64 {
	return c.carried * math.Exp2(-now.Sub(c.at).Seconds()/halfLife.Seconds())
}

// worth orders connections: the one of the least worth is closed first. A new one is worth more than any that has had its
// time, and less the older it is.
func (c *connection) worth(now time.Time) float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	if age := now.Sub(c.since); age < beginning {
		return 1e15 - age.Seconds()
	}
	return c.decayed(now)
}
