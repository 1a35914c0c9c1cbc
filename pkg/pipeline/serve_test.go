package pipeline_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/usererror"
)

// A repository is served until the context ends: to those who know the password, where there is one.
func TestServe(t *testing.T) {
	dir := t.TempDir()
	o := publishOptions(t, dir, packDescribed(t, t.TempDir(), "blog", "1.0-r0", "x86_64", "blog"))
	if _, err := pipeline.Publish(t.Context(), o, &silent{}); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	out := &silent{}
	done := make(chan error, 1)
	s := pipeline.ServeOptions{Listen: "127.0.0.1:0", User: "reader", Password: secret.New("hunter2-hunter2"),
		Log: slog.New(slog.DiscardHandler)}
	s.URL, s.Alpine, s.Repository = dir, "3.24", "main"
	go func() { done <- pipeline.Serve(ctx, s, out) }()
	const announced = "the line for /etc/apk/repositories: "
	line := ""
	for deadline := time.Now().Add(time.Minute); line == "" && time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		_, after, _ := strings.Cut(out.text(), announced)
		line, _, _ = strings.Cut(after, "\n")
	}
	if !strings.HasSuffix(line, "/v3.24/main") {
		t.Fatalf("%q in %s", line, out.text())
	}
	for password, want := range map[string]int{"hunter2-hunter2": http.StatusOK, "wrong": http.StatusUnauthorized} {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, line+"/x86_64/APKINDEX.tar.gz", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		request.SetBasicAuth("reader", password)
		answer, err := http.DefaultClient.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != want {
			t.Errorf("password %s: %s", password, answer.Status)
		}
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("the end: %v", err)
	}
	if strings.Contains(out.text(), "hunter2") {
		t.Error("the password is shown")
	}
}

// What does not go together is refused before anything listens.
func TestServeRefused(t *testing.T) {
	dir := t.TempDir()
	for want, change := range map[string]func(*pipeline.ServeOptions){
		"a password is given, and no user":    func(o *pipeline.ServeOptions) { o.Password = secret.New("p") },
		"--user is given, and no password":    func(o *pipeline.ServeOptions) { o.User = "u" },
		"TLS needs a certificate and its key": func(o *pipeline.ServeOptions) { o.CertFile = "c" },
		"--tls-cert, --tls-key: ":             func(o *pipeline.ServeOptions) { o.CertFile, o.KeyFile = "/absent/c", "/absent/k" },
		"--listen nowhere":                    func(o *pipeline.ServeOptions) { o.Listen = "nowhere" },
		"ftp://x":                             func(o *pipeline.ServeOptions) { o.URL = "ftp://x" },
	} {
		o := pipeline.ServeOptions{Listen: "127.0.0.1:0", Log: slog.New(slog.DiscardHandler)}
		o.URL = dir
		change(&o)
		if err := pipeline.Serve(t.Context(), o, &silent{}); err == nil || !strings.Contains(err.Error(), want) ||
			!errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}
