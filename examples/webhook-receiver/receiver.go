package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"log"
	"net/http"
	"strconv"
	"sync"
	"time"
)

const (
	tolerance = 5 * time.Minute // between the sender's clock and ours
	patience  = 2 * time.Minute // for apk
	maxBody   = 1 << 20
)

// receiver upgrades the configured packages only. No part of a request becomes part of a command.
type receiver struct {
	secret   []byte
	packages []string
	apk      func(ctx context.Context, args ...string) ([]byte, error)
	now      func() time.Time

	mu   sync.Mutex           // one upgrade at a time
	done map[string]time.Time // processed signatures
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	if request.Method != http.MethodPost {
		http.Error(w, "POST only", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, request.Body, maxBody))
	if err != nil {
		http.Error(w, "the body is too long or broken", http.StatusBadRequest)
		return
	}
	signature := request.Header.Get("X-Pakman-Signature")
	if !r.signed(request.Header.Get("X-Pakman-Timestamp"), signature, body) {
		http.Error(w, "the signature is wrong, or the timestamp is too old", http.StatusUnauthorized)
		return
	}
	if err := r.upgrade(request.Context(), signature); err != nil {
		http.Error(w, "the upgrade failed; see the log", http.StatusInternalServerError)
	}
}

// signed reports whether the signature is valid and the timestamp is recent.
func (r *receiver) signed(timestamp, signature string, body []byte) bool {
	mac := hmac.New(sha256.New, r.secret)
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	want := "sha256=" + hex.EncodeToString(mac.Sum(nil))
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	return hmac.Equal([]byte(want), []byte(signature)) && err == nil && r.now().Sub(time.Unix(seconds, 0)).Abs() <= tolerance
}

// upgrade runs apk once for each signature. It does nothing for a repeated request, unless the upgrade failed before.
func (r *receiver) upgrade(ctx context.Context, signature string) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for old, at := range r.done {
		if r.now().Sub(at) > 2*tolerance { // its timestamp is refused by now
			delete(r.done, old)
		}
	}
	if _, again := r.done[signature]; again {
		return nil
	}
	// If the sender closes the connection, the upgrade continues: half an upgrade would be worse than a lost response.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	output, err := r.apk(ctx, append([]string{"add", "--upgrade", "--update-cache", "--"}, r.packages...)...)
	log.Printf("apk: %v\n%s", err, output)
	if err == nil {
		r.done[signature] = r.now()
	}
	return err
}
