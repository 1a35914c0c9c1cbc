// Command webhook-receiver upgrades Alpine packages when PAKman's webhook reports new ones.
package main

import (
	"bytes"
	"context"
	"errors"
	"log"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"regexp"
	"strings"
	"syscall"
	"time"
)

var packageName = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._+-]*$`)

func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	secret, err := os.ReadFile(os.Getenv("SECRET_FILE"))
	if err != nil {
		return err
	}
	r := &receiver{
		secret: bytes.TrimSpace(secret), packages: strings.Fields(os.Getenv("PACKAGES")),
		apk: apk, now: time.Now, done: map[string]time.Time{},
	}
	if len(r.secret) < 16 {
		return errors.New("the file SECRET_FILE holds less than 16 bytes: make one with `openssl rand -hex 32`")
	}
	if len(r.packages) == 0 {
		return errors.New("PACKAGES names no package")
	}
	for _, name := range r.packages {
		if !packageName.MatchString(name) {
			return errors.New("PACKAGES: " + name + " is no package")
		}
	}
	mux := http.NewServeMux()
	mux.Handle("/deploy", r)
	mux.HandleFunc("GET /health", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	return serve(&http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux, ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout: 30 * time.Second})
}

// serve runs the server until SIGTERM, and lets a running upgrade finish.
func serve(server *http.Server) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	return server.Shutdown(ctx)
}

func apk(ctx context.Context, args ...string) ([]byte, error) {
	return exec.CommandContext(ctx, "apk", args...).CombinedOutput()
}
