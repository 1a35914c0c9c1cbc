package repository_test

import (
	"net/http"
	"net/http/httptest"
	"path"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/web"
)

// A server that never ends an index, a key or a package is given up; the refusal names the bound.
func TestEndlessObjects(t *testing.T) {
	good := newDir(t)
	publish(t, good, request(testKey(t), mustPack(t, "blog", "1.0-r0", "x86_64", "x", testKey(t))))
	files := http.FileServer(http.Dir(strings.TrimPrefix(good.URL(""), "file://")))
	for name, c := range map[string]struct{ object, want string }{
		"index":        {"APKINDEX.tar.gz", "more than the 67108864 bytes"},
		"Packages.adb": {"Packages.adb", "more than the 134217728 bytes"},
		"key":          {"acme-blog.rsa.pub", "more than the 65536 bytes"},
		"package":      {"blog-1.0-r0.apk", "more than 671"},
	} {
		for _, announced := range []bool{false, true} {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if path.Base(r.URL.Path) != c.object || r.Method == http.MethodHead {
					files.ServeHTTP(w, r)
					return
				}
				if announced {
					w.Header().Set("Content-Length", "1099511627776")
				}
				block := make([]byte, 1<<20)
				for range 200 {
					if _, err := w.Write(block); err != nil {
						return
					}
				}
			}))
			st, err := web.New(server.URL, http.DefaultTransport)
			if err != nil {
				t.Fatal(err)
			}
			v, err := repository.Verify(t.Context(), st, repository.Audit{Selection: repository.Selection{Branch: "v3.24",
				Repository: "main", Arches: []string{"x86_64"}}})
			text := ""
			if err != nil {
				text = err.Error()
			}
			if v != nil {
				for _, f := range v.Faults {
					text += f.String()
				}
			}
			if !strings.Contains(text, c.want) {
				t.Errorf("%s, announced=%v: %q", name, announced, text)
			}
			server.Close()
		}
	}
}
