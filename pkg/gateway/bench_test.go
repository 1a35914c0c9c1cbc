package gateway_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/pakman/build/pkg/gateway"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/dir"
)

// BenchmarkServe sends a package of 3 MB from a directory; the peer is the standard library's file server.
func BenchmarkServe(b *testing.B) {
	root := b.TempDir()
	path := filepath.Join(root, filepath.FromSlash(packageKey))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, make([]byte, 3<<20), 0o644); err != nil {
		b.Fatal(err)
	}
	st, err := dir.NewReader(root)
	if err != nil {
		b.Fatal(err)
	}
	ours := gateway.Handler(gateway.Options{Store: st, Served: repository.Selection{}.Served, Log: slog.New(slog.DiscardHandler)})
	for name, handler := range map[string]http.Handler{"gateway": ours, "FileServer": http.FileServer(http.Dir(root))} {
		b.Run(name, func(b *testing.B) {
			server := httptest.NewServer(handler)
			defer server.Close()
			b.SetBytes(3 << 20)
			for b.Loop() {
				resp, err := http.Get(server.URL + "/" + packageKey)
				if err != nil {
					b.Fatal(err)
				}
				if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != 3<<20 {
					b.Fatal(n, err)
				}
				_ = resp.Body.Close()
			}
		})
	}
}
