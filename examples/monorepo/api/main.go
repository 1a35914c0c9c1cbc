// Command monorepo-api serves the tide: GET /tide returns the height of the water.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	defaultAddress = "127.0.0.1:8081" // for the web package on the same machine
	grace          = 10 * time.Second // for requests under way when the service is stopped
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv("ADDRESS")); err != nil {
		fmt.Fprintln(os.Stderr, "monorepo-api:", err)
		os.Exit(1)
	}
}

// run serves on address (defaultAddress when empty) until ctx ends, then lets the running requests finish.
func run(ctx context.Context, address string) error {
	if address == "" {
		address = defaultAddress
	}
	server := &http.Server{Addr: address, Handler: newHandler(time.Now), ReadHeaderTimeout: 5 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve: %w", err)
	case <-ctx.Done():
	}
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	if err := server.Shutdown(shutdown); err != nil {
		return fmt.Errorf("shut down: %w", err)
	}
	if err := <-failed; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve: %w", err)
	}
	return nil
}
