// Package runnercache is a client of the cache service that GitHub's runner offers to the steps of a job (protocol version 2): an
// RPC (Twirp, in JSON) reserves and finds entries, and signed addresses of a blob store hold their contents. An entry never changes:
// its key is free until it is saved for the first time. Every request has a limit of time, and no error holds a secret.
package runnercache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/secret"
)

// MaxSize is how many bytes an entry may have, to be saved or taken.
const MaxSize = 2 << 30

const (
	callTime  = 10 * time.Second // for one attempt of an RPC
	blockTime = 2 * time.Minute  // for one attempt to transfer a block
	blockSize = 32 << 20
	parallel  = 4       // transfers at once
	maxAnswer = 1 << 20 // bytes of an RPC's answer
)

// retries are few: a cache that is not there costs a build less than the wait for it.
var retries = backoff.Policy{Attempts: 3, First: time.Second, MaxWait: 10 * time.Second, MaxTotal: 20 * time.Second}

// Errors that are no faults of the service.
var (
	ErrAbsent   = errors.New("the runner has no cache service of protocol version 2")
	ErrDenied   = errors.New("the job's token does not allow it")
	ErrReserved = errors.New("another job saves this key, or has saved it")
	ErrTooLarge = fmt.Errorf("it has more than %d MiB", MaxSize>>20)
)

// Options are where the service is and how it is reached.
type Options struct {
	Service   string        // ACTIONS_RESULTS_URL
	Token     secret.String // ACTIONS_RUNTIME_TOKEN
	Transport http.RoundTripper
	// Version tells entries of one format from those of others.
	Version string
	// Learned is told the signatures of addresses, which are secrets, before they are used; nil: nobody is.
	Learned func(string)
	// Sleep waits between two attempts; nil: on the clock.
	Sleep func(context.Context, time.Duration) error
}

// Client speaks to the service of one job.
type Client struct {
	Options
	base    *url.URL
	http    *http.Client
	retries backoff.Policy
}

// New returns the client. It asks nothing of the network. ErrAbsent says that the runner offers no service.
func New(o Options) (*Client, error) {
	if o.Service == "" || o.Token.Empty() {
		return nil, ErrAbsent
	}
	base, err := url.Parse(o.Service)
	if err != nil || base.Host == "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("ACTIONS_RESULTS_URL is not the address of a service: %w", ErrAbsent)
	}
	c := &Client{Options: o, base: base, retries: retries, http: &http.Client{
		Transport: o.Transport,
		// A redirect could lead the token to another host.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	c.retries.Sleep = o.Sleep
	return c, nil
}

// Entry is a saved archive.
type Entry struct {
	Key     string
	address string // signed
}

// Find returns the entry of that key or else the newest whose key begins with one of the prefixes; nil where there is none.
func (c *Client) Find(ctx context.Context, key string, prefixes ...string) (*Entry, error) {
	var found struct {
		OK         bool
		Key        string `json:"matched_key"`
		Address    string `json:"signed_download_url"`
		KeyAlso    string `json:"matchedKey"`
		AddressToo string `json:"signedDownloadUrl"`
	}
	err := c.call(ctx, "GetCacheEntryDownloadURL", map[string]any{"key": key, "restore_keys": prefixes, "version": c.Version}, &found)
	if err != nil || !found.OK {
		return nil, err
	}
	e := &Entry{Key: found.Key + found.KeyAlso, address: found.Address + found.AddressToo}
	fits := e.Key == key
	for _, prefix := range prefixes {
		fits = fits || strings.HasPrefix(e.Key, prefix)
	}
	if !fits {
		return nil, errors.New("the cache service answers with a key that was not asked for")
	}
	return e, c.checkAddress(e.address)
}

// checkAddress refuses an address that does not keep its signature secret, and tells of the signature.
func (c *Client) checkAddress(address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != c.base.Scheme {
		return errors.New("the cache service answers with an address that cannot be used")
	}
	if signature := u.Query().Get("sig"); signature != "" && c.Learned != nil {
		c.Learned(signature)
		c.Learned(url.QueryEscape(signature))
	}
	return nil
}
