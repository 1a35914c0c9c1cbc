// Package gateway presents a store as a web server that machines install from: read-only, without a listing, and nothing
// but what it is told to show.
package gateway

import (
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
)

// Options say what is shown to whom.
type Options struct {
	Store store.Store
	// Served reports whether a key is shown, and its headers.
	Served func(key string) (store.PutOptions, bool)
	// User and Password, of HTTP's basic authentication; an empty user: everyone.
	User     string
	Password secret.String
	Log      *slog.Logger // takes a line for each request
}

// A client has to take what it is sent at a minimal rate: each part of an answer, at most partSize bytes, within
// partTimeout. That is about 1 KiB per second.
const (
	partSize    = 32 << 10
	partTimeout = 30 * time.Second
)

// Handler answers requests for what o says. It holds no more of an object than a buffer.
func Handler(o Options) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		rec := &recorder{ResponseWriter: w}
		rec.extend()
		err := o.answer(rec, r)
		host, _, _ := net.SplitHostPort(r.RemoteAddr)
		attributes := []any{"client", host, "method", r.Method, "path", r.URL.Path, "status", rec.status, "bytes", rec.bytes,
			"duration", time.Since(began).Round(time.Microsecond), "agent", r.UserAgent()}
		if err != nil && r.Context().Err() == nil {
			o.Log.Error("request", append(attributes, "error", err)...)
			return
		}
		o.Log.Info("request", attributes...)
	})
}

// answer sends the object that the path names. The error is the operator's to know.
func (o Options) answer(w http.ResponseWriter, r *http.Request) error {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	switch {
	case !o.admits(r):
		header.Set("WWW-Authenticate", `Basic realm="packages", charset="UTF-8"`)
		http.Error(w, "a user name and a password are needed", http.StatusUnauthorized)
		return nil
	case r.Method != http.MethodGet && r.Method != http.MethodHead:
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "this repository is read only", http.StatusMethodNotAllowed)
		return nil
	}
	key := strings.TrimPrefix(r.URL.Path, "/")
	if key == "" || strings.HasSuffix(key, "/") {
		key += "index.html"
	}
	as, ok := o.Served(key)
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return nil
	}
	body, err := o.open(r, key, as)
	switch {
	case errors.Is(err, store.ErrNotFound):
		http.Error(w, "not found", http.StatusNotFound)
		return nil
	case err != nil:
		http.Error(w, "the store does not give it", http.StatusBadGateway)
		return err
	}
	defer body.close()
	header.Set("Content-Type", as.ContentType)
	header.Set("Cache-Control", as.CacheControl)
	if o.User != "" { // caches on the way are not to show it to others
		header.Set("Cache-Control", strings.Replace(as.CacheControl, "public", "private", 1))
	}
	if tag := body.info.ETag; tag != "" && !strings.ContainsAny(tag, "\"\\\r\n") {
		header.Set("ETag", `"`+tag+`"`)
	}
	http.ServeContent(w, r, "", body.info.Modified, body) // ranges, conditions, HEAD
	return body.err
}

// admits compares digests, whose length and time of comparison tell nothing.
func (o Options) admits(r *http.Request) bool {
	if o.User == "" {
		return true
	}
	user, password, ok := r.BasicAuth()
	return ok && same(user, o.User)&same(password, o.Password.Reveal()) == 1
}

func same(a, b string) int {
	x, y := sha256.Sum256([]byte(a)), sha256.Sum256([]byte(b))
	return subtle.ConstantTimeCompare(x[:], y[:])
}

// recorder remembers what was answered, and gives up on clients that take it too slowly.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) extend() {
	// A connection that has no deadlines is none of the network's.
	_ = http.NewResponseController(r.ResponseWriter).SetWriteDeadline(time.Now().Add(partTimeout))
}

func (r *recorder) WriteHeader(status int) {
	r.status = status
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(p []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	var written int
	for part := range slices.Chunk(p, partSize) {
		r.extend()
		n, err := r.ResponseWriter.Write(part)
		r.bytes, written = r.bytes+int64(n), written+n
		if err != nil {
			return written, err
		}
	}
	return written, nil
}
