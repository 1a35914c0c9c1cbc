package backoff_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pakman/build/pkg/internal/backoff"
)

// What a real client meets is final where another attempt cannot help, and is told apart from servers that are down.
func TestFinal(t *testing.T) {
	secure := httptest.NewTLSServer(http.NotFoundHandler())
	defer secure.Close()
	plain := httptest.NewServer(http.NotFoundHandler())
	defer plain.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for address, want := range map[string]bool{
		secure.URL: true,
		"https://" + plain.Listener.Addr().String(): true,
		gone.URL: false,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
		if err != nil {
			t.Fatal(err)
		}
		response, failed := http.DefaultClient.Do(request)
		if failed == nil {
			response.Body.Close()
		}
		attempts := 0
		err = backoff.Policy{Attempts: 3}.Do(t.Context(), func(int) error {
			attempts++
			return &backoff.TransientError{Err: fmt.Errorf("cannot reach it: %w", failed)}
		})
		if failed == nil || !errors.Is(err, failed) || (attempts == 1) != want || attempts == 0 {
			t.Errorf("%s: %v after %d attempts", address, err, attempts)
		}
	}
	missing := &net.DNSError{Name: "nowhere.invalid", IsNotFound: true}
	if !backoff.Final(missing) || backoff.UnknownHost(missing) != "nowhere.invalid" ||
		backoff.Final(&net.DNSError{Name: "x", IsTimeout: true}) || backoff.Final(nil) {
		t.Error("unknown hosts")
	}
}
