// Package webhook notifies a user's own server of new packages: a signed JSON POST.
package webhook

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/secret"
)

// The headers of a request. The timestamp is in seconds since the epoch; the signature is "sha256=" and the
// hex HMAC-SHA256, under the shared secret, of the timestamp, a full stop and the body.
const (
	TimestampHeader = "X-Pakman-Timestamp"
	SignatureHeader = "X-Pakman-Signature"
)

// MinSecret is the least length of the shared secret, in bytes: shorter ones can be guessed.
const MinSecret = 16

// Config says which server is notified, and how.
type Config struct {
	URL     string
	Secret  secret.String
	Options httpjson.Options
	Now     func() time.Time // nil: the clock
}

// Hook is an address that takes requests.
type Hook struct {
	http   *httpjson.Client
	secret secret.String
	now    func() time.Time
}

// New returns the hook. It asks nothing of the network.
func New(cfg Config) (*Hook, error) {
	if len(cfg.Secret.Reveal()) < MinSecret {
		return nil, fmt.Errorf(
			"the webhook's secret has %d bytes, and at least %d are needed: make one with `openssl rand -hex 32` and give it to both sides",
			len(cfg.Secret.Reveal()), MinSecret)
	}
	h, err := httpjson.New("the webhook's URL", cfg.URL, cfg.Options)
	if err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	return &Hook{http: h, secret: cfg.Secret, now: cfg.Now}, nil
}

// Requests returns how many requests were made.
func (h *Hook) Requests() int64 { return h.http.Requests() }

// Host returns the scheme and host of the address. The rest may be secret.
func (h *Hook) Host() string { return h.http.Host() }

// Send posts body as JSON. An answer of 2xx is success. A repeated attempt has the same signature, by which a
// receiver knows it.
func (h *Hook) Send(ctx context.Context, body any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(body); err != nil {
		return err
	}
	timestamp := strconv.FormatInt(h.now().Unix(), 10)
	a, err := h.http.Do(ctx, httpjson.Request{
		Method: http.MethodPost, Body: text.Bytes(), Secrets: []string{h.secret.Reveal()},
		Header: http.Header{TimestampHeader: {timestamp}, SignatureHeader: {Sign(h.secret, timestamp, text.Bytes())}},
	})
	switch {
	case err != nil:
		return err
	case a.Status/100 == 2:
		return nil
	}
	return a.Unexpected(map[int]string{
		http.StatusUnauthorized: "the receiver does not accept the signature: give both sides the same secret, and set both clocks",
		http.StatusForbidden:    "the receiver does not accept the signature: give both sides the same secret, and set both clocks",
		http.StatusNotFound:     "check the path of the webhook's URL",
	}[a.Status])
}

// Sign returns the signature header of a request.
func Sign(key secret.String, timestamp string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(key.Reveal()))
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	return "sha256=" + hex.EncodeToString(mac.Sum(nil))
}
