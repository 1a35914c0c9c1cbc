// Package browser opens the page of a repository in a real browser.
package browser

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/page"
	"github.com/pakman/build/pkg/repository"
)

// bucket is where the repository says it lies.
const bucket = "https://bucket.s3.example.org/team/apk"

// hostile is what a package may say of itself.
const hostile = `</td><script>document.title="owned"</script><img src=x onerror="document.title='owned'">`

// contents is a repository with some history, and a package that means no good.
func contents(t *testing.T) *repository.Contents {
	secret, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	key, err := apk.ParsePrivateKey("acme-shop.rsa", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY",
		Bytes: x509.MarshalPKCS1PrivateKey(secret)}))
	if err != nil {
		t.Fatal(err)
	}
	c := &repository.Contents{
		Location: repository.Location{Branch: "v3.24", Repository: "main"}, URL: bucket + "/v3.24/main",
		Keys: []repository.PublishedKey{{PublicKey: key.Public(), URL: bucket + "/keys/acme-shop.rsa.pub"}},
	}
	for i, arch := range []string{"aarch64", "x86_64"} {
		x := &index.Index{Description: "Acme shop"}
		put := func(name, version, description, license, url string, size, built int64) {
			x.Put(index.Entry{FileSize: size, Info: apk.Info{Name: name, Version: version, Arch: arch, Description: description,
				License: license,
				URL:     url, Size: size * 5 / 2, BuildDate: built}})
		}
		for n := range int64(31) {
			version, built := fmt.Sprintf("1.%d.%d-r0", n/10, n%10), 1_790_000_000+n*180_000
			put("shop-api", version, "Orders, payments and stock for the shop", "Apache-2.0", "https://example.com/shop",
				2_100_000+n*41_000+n%7*50_000-n/24*700_000+int64(i)*90_000, built)
			put("shop-api-openrc", version, "Orders, payments and stock for the shop (OpenRC init scripts)", "Apache-2.0",
				"https://example.com/shop", 2_900, built)
		}
		for n := range int64(4) {
			put("storefront", fmt.Sprintf("2026.%d-r%d", n+8, n), "What customers see: pages rendered on the server",
				"MIT AND (Apache-2.0 OR BSD-3-Clause)",
				"https://storefront.example.com/", 2_995_000+n*n*170_000, 1_791_000_000+n*500_000)
		}
		put("worker-with-a-name-that-is-longer-than-a-telephone-is-wide", "0.1.0_git20261124-r123", hostile, hostile,
			"javascript:document.title='owned'", 812_400, 1_795_000_000)
		c.Indexes = append(c.Indexes, repository.ArchIndex{Arch: arch, Index: x})
	}
	return c
}

// site writes the page where a copy of the repository would have it, and returns its addresses: of a server, below a prefix, and
// of the file.
func site(t *testing.T, c *repository.Contents) (served, file string) {
	t.Helper()
	text, err := page.Render(c)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	dir := filepath.Join(root, "mirror", "apk", "v3.24", "main")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { // like a bucket: full names only
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(r.URL.Path)))
		if err != nil {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(content)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/mirror/apk/v3.24/main/index.html", "file://" + filepath.ToSlash(dir) + "/index.html"
}

// launch starts a browser, and returns a function that opens tabs of it.
func launch(t *testing.T) (tab func(t *testing.T) context.Context) {
	t.Helper()
	program := ""
	for _, name := range []string{"chromium", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			program = path
			break
		}
	}
	if program == "" {
		t.Skip("neither chromium nor google-chrome is on PATH: the page is not opened in a browser")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(program), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.UserDataDir(profile(t)), chromedp.WSURLReadTimeout(2*time.Minute))
	for _, flag := range []string{"disable-quic", "disable-component-update", "disable-sync", "hide-scrollbars"} {
		options = append(options, chromedp.Flag(flag, true))
	}
	all, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	first, end := chromedp.NewContext(all)
	t.Cleanup(end)
	if err := chromedp.Run(first); err != nil {
		t.Fatal(err)
	}
	return func(t *testing.T) context.Context {
		ctx, cancel := chromedp.NewContext(first)
		t.Cleanup(cancel)
		ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
		t.Cleanup(stop)
		watch(ctx, t)
		return ctx
	}
}

// profile is a directory for the browser, some of whose processes write into it until a moment after its end.
func profile(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "browser-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 100 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
		t.Error(err)
	})
	return dir
}

// watch fails the test for whatever the browser complains of, and for every request but that of the page.
func watch(ctx context.Context, t *testing.T) {
	chromedp.ListenTarget(ctx, func(event any) {
		switch e := event.(type) {
		case *runtime.EventExceptionThrown:
			t.Errorf("the script fails: %v", e.ExceptionDetails)
		case *log.EventEntryAdded:
			t.Errorf("the browser says: %s %s", e.Entry.Text, e.Entry.URL)
		case *network.EventRequestWillBeSent:
			if e.Type != network.ResourceTypeDocument {
				t.Errorf("the page asks for %s", e.Request.URL)
			}
		}
	})
}

// screen is how a tab is looked at.
type screen struct {
	name          string
	width, height int64
	scheme        string // light or dark
	scripts       bool
}

func (s screen) set() chromedp.Action {
	return chromedp.Tasks{
		chromedp.EmulateViewport(s.width, s.height),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: s.scheme}}),
		emulation.SetScriptExecutionDisabled(!s.scripts),
	}
}

// keep leaves a picture of the whole page in the directory that TEST_ARTIFACTS names.
func keep(ctx context.Context, t *testing.T, name string) {
	t.Helper()
	var picture []byte
	if err := chromedp.Run(ctx, chromedp.FullScreenshot(&picture, 100)); err != nil || len(picture) < 10_000 {
		t.Fatalf("a picture of %d bytes, %v", len(picture), err)
	}
	dir := os.Getenv("TEST_ARTIFACTS")
	if dir == "" {
		dir = t.ArtifactDir()
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "page-"+name+".png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
}
