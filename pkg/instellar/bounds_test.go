package instellar

import (
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/secret"
)

// However an answer's errors are built, reading them takes little, and what is shown is short and shows on one line.
func TestErrorBounds(t *testing.T) {
	const size = 4 << 20 // what is read of an answer at most
	nest := func(open, end string) string {
		const levels = 9_000 // encoding/json reads 10,000
		return strings.Repeat(open, levels) + `"x"` + strings.Repeat(end, levels)
	}
	for name, errors := range map[string]string{
		"nested objects":    nest(`{"a":`, "}"),
		"nested arrays":     nest("[", "]"),
		"many values":       "[" + strings.Repeat(`"x",`, size/4-8) + `"x"]`,
		"many objects":      `{"kits":[` + strings.Repeat(`{"a":["x"]},`, size/12-8) + `{}]}`,
		"long message":      `{"a":"` + strings.Repeat("x", size-32) + `"}`,
		"long name":         `{"` + strings.Repeat("n", size-32) + `":"x"}`,
		"long pointer":      `[{"detail":"x","source":{"pointer":"` + strings.Repeat("/a", size/2-64) + `"}}]`,
		"hidden characters": `{"a\u001b[31m":"x\u202e\u200b\u009b\u0007"}`,
	} {
		t.Run(name, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			start := time.Now()
			values := invalid([]byte(`{"errors":` + errors + `}`))
			took := time.Since(start)
			runtime.ReadMemStats(&after)
			if len(values) > maxInvalid {
				t.Errorf("%d values", len(values))
			}
			for _, v := range values {
				if len([]rune(v.Path)) > maxText+1 || len([]rune(v.Message)) > maxText+1 ||
					strings.ContainsAny(v.Path+v.Message, "\x1b\u202e\u200b\u009b\a") {
					t.Errorf("%.400q", v)
				}
			}
			if used := after.TotalAlloc - before.TotalAlloc; used > 256<<20 || took > 20*time.Second {
				t.Errorf("%d MiB and %v", used>>20, took)
			}
		})
	}
}

// Values that become part of addresses and outputs are refused when they are none.
func TestUnfitValues(t *testing.T) {
	for _, attributes := range []string{
		`"id":"1\u001b[31m"`, `"id":"\u202e1"`, `"id":"` + strings.Repeat("1", 2000) + `"`, `"id":"1","archive_path":"a\nb"`,
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `{"data":{"attributes":{`+attributes+`}}}`)
		}))
		defer server.Close()
		c, err := New(Config{Endpoint: server.URL, AuthToken: secret.New("auth"), PackageToken: secret.New("package"),
			Options: httpjson.Options{}})
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.Find(t.Context(), "sha")
		if err == nil || !strings.Contains(err.Error(), "invalid data.attributes.") || strings.ContainsAny(err.Error(), "\x1b\u202e\n") ||
			len(err.Error()) > 400 {
			t.Errorf("%s: %v", attributes[:20], err)
		}
	}
}
