package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestRoutes(t *testing.T) {
	handler := newHandler("1.2.3")
	for _, test := range []struct {
		method, target string
		code           int
		want           map[string]string
	}{
		{"GET", "/", http.StatusOK, map[string]string{"message": "Hello, world!"}},
		{"GET", "/?name=Ada", http.StatusOK, map[string]string{"message": "Hello, Ada!"}},
		{"GET", "/health", http.StatusOK, map[string]string{"status": "ok", "version": "1.2.3"}},
		{"GET", "/nothing", http.StatusNotFound, nil},
		{"POST", "/health", http.StatusMethodNotAllowed, nil},
	} {
		t.Run(test.method+" "+test.target, func(t *testing.T) {
			answer := httptest.NewRecorder()
			handler.ServeHTTP(answer, httptest.NewRequest(test.method, test.target, nil))
			if answer.Code != test.code {
				t.Fatalf("status %d, want %d", answer.Code, test.code)
			}
			if test.want == nil {
				return
			}
			var got map[string]string
			if err := json.Unmarshal(answer.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			for key, value := range test.want {
				if got[key] != value {
					t.Errorf("%s is %q, want %q", key, got[key], value)
				}
			}
		})
	}
}

// TestServeFinishesRequests stops the server during a request, which must still get its response.
func TestServeFinishesRequests(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	handler := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		stop()
		w.WriteHeader(http.StatusNoContent)
	})
	served := make(chan error, 1)
	go func() { served <- serve(ctx, listener, handler) }()

	answer, err := http.Get("http://" + listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusNoContent {
		t.Errorf("status %d, want %d", answer.StatusCode, http.StatusNoContent)
	}
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestRunNamesThePort(t *testing.T) {
	err := run(t.Context(), "no-port")
	if err == nil || !strings.Contains(err.Error(), "no-port") {
		t.Errorf("error %v does not name the port", err)
	}
}
