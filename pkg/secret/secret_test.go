package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"testing"
)

func TestStringNeverPrints(t *testing.T) {
	type options struct {
		Key    String
		hidden String
	}
	o := options{Key: New("hunter2"), hidden: New("hunter2")}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", o.Key)
	js, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(o.Key), fmt.Sprintf("%s %q %x", o.Key, o.Key, o.Key), fmt.Sprintf("%#v", o.Key),
		fmt.Sprintf("%+v", o), fmt.Sprintf("%#v", o), string(js), log.String(),
	} {
		if strings.Contains(text, "hunter2") || strings.Contains(text, "68756e74657232") {
			t.Errorf("printed: %s", text)
		}
	}
	if o.Key.Reveal() != "hunter2" || o.Key.Empty() || !New("").Empty() {
		t.Error("Reveal or Empty")
	}
}

func redact(t *testing.T, text string, step int, secrets ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := Redactor(&out, secrets...)
	for i := 0; i < len(text); i += step {
		if n, err := w.Write([]byte(text[i:min(i+step, len(text))])); err != nil || n == 0 {
			t.Fatal(n, err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestRedactor(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADAN\nq83vEjRWeJA=\n-----END PRIVATE KEY-----\n"
	for name, tc := range map[string]struct {
		text, want string
		secrets    []string
	}{
		"plain":    {"a hunter2 b hunter2", "a *** b ***", []string{"hunter2"}},
		"prefix":   {"hunter hunter22 hunt", "hunter *** hunt", []string{"hunter2", "hunter22"}},
		"key":      {"  MIIEvQIBADAN\r\n> q83vEjRWeJA=\n-----BEGIN PRIVATE KEY-----", "  ***\r\n> ***\n-----BEGIN PRIVATE KEY-----", []string{key}},
		"base64":   {base64.StdEncoding.EncodeToString([]byte("s3cr3t!/+")), "***", []string{"s3cr3t!/+"}},
		"url":      {"?k=s3cr3t%21%2F%2B&x", "?k=***&x", []string{"s3cr3t!/+"}},
		"path":     {"/s3cr3t%21%2F+/x", "/***/x", []string{"s3cr3t!/+"}},
		"json":     {`{"k":"s3\"cr\\3t&"}`, `{"k":"***"}`, []string{`s3"cr\3t&`}},
		"json, go": {`{"k":"s3\"cr\\3t\u0026"}`, `{"k":"***"}`, []string{`s3"cr\3t&`}},
		"hex":      {"a 68756e74657232 68756E74657232", "a *** ***", []string{"hunter2"}},
		"lines":    {"x first-line\n  second-line y", "x ***\n  *** y", []string{"first-line\nsecond-line"}},
		"in JSON":  {`"first-line\nsecond-line"`, `"***\n***"`, []string{"first-line\nsecond-line\n"}},
		"folded":   {"a hun\nter2, hunt\r\n  er\n2 b", "a ***, *** b", []string{"hunter2"}},
		"not one":  {"hunt\nress h\n", "hunt\nress h\n", []string{"hunter2"}},
		"short":    {"yes on", "yes on", []string{"on", "", "s"}},
		"none":     {"anything", "anything", nil},
		"repeated": {"aaaaaaaaa", "******a", []string{"aaaa"}},
	} {
		t.Run(name, func(t *testing.T) {
			for step := 1; step <= len(tc.text); step++ {
				if got := redact(t, tc.text, step, tc.secrets...); got != tc.want {
					t.Errorf("in writes of %d bytes: %q, want %q", step, got, tc.want)
				}
			}
		})
	}
}

// Base64 of a secret hides it from the eye only: behind other text, before other text, wrapped, or
// in the alphabet of URLs.
func TestRedactorKnowsBase64(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n", 3) + "-----END PRIVATE KEY-----\n"
	for _, secret := range []string{"hunter2-hunter2", "s3cr3t\xfb\xff\xfe!/+", key} {
		for before := range 4 {
			for after := range 4 {
				text := strings.Repeat("u", before) + secret + strings.Repeat("v", after)
				for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawURLEncoding} {
					got := redact(t, "a "+encoding.EncodeToString([]byte(text))+" b", 5, secret)
					if !strings.Contains(got, Mask) || len(got) > len("a  b")+len(Mask)+8+8 {
						t.Errorf("%d bytes before, %d after: %q", before, after, got)
					}
				}
			}
		}
	}
	wrapped := base64.StdEncoding.EncodeToString([]byte(key))
	for _, width := range []int{64, 76} {
		var lines strings.Builder
		for i := 0; i < len(wrapped); i += width {
			lines.WriteString("  " + wrapped[i:min(i+width, len(wrapped))] + "\n")
		}
		if got := redact(t, lines.String(), 7, key); len(got) > len(wrapped)/width*len("  ***\n")+width {
			t.Errorf("width %d: %q", width, got)
		}
	}
}

// What cannot begin a secret is written at once: a build's log must not lag.
func TestRedactorHoldsBackLittle(t *testing.T) {
	var out bytes.Buffer
	w := Redactor(&out, "hunter2")
	if _, err := io.WriteString(w, "compiling…\nhun"); err != nil {
		t.Fatal(err)
	}
	if out.String() != "compiling…\n" {
		t.Errorf("%q", out.String())
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRedactorTellsOfErrors(t *testing.T) {
	if _, err := Redactor(broken{}, "hunter2").Write([]byte("x")); err == nil {
		t.Error("the error is lost")
	}
}

func FuzzRedactor(f *testing.F) {
	f.Add("a hunter2 b", "hunter2", "nter", 3)
	f.Add("aabaabaab", "aabaab", "baab", 1)
	f.Fuzz(func(t *testing.T, text, a, b string, step int) {
		if step < 1 || strings.Contains(text+a+b, "*") {
			t.Skip("the mask itself could complete a secret of asterisks")
		}
		got := redact(t, text, step, a, b)
		for _, s := range []string{a, b} {
			for line := range strings.Lines(s) {
				line = strings.TrimSpace(line)
				if len(line) >= shortest && !strings.HasPrefix(line, "-----") && strings.Contains(got, line) {
					t.Errorf("%q is in %q", line, got)
				}
			}
		}
		if whole := redact(t, text, len(text)+1, a, b); got != whole {
			t.Errorf("writes of %d bytes: %q, one write: %q", step, got, whole)
		}
	})
}

func TestFromEnvironment(t *testing.T) {
	env := map[string]string{"GITHUB_TOKEN": " ghs_1 ", "AWS_SECRET_ACCESS_KEY": "k2", "PATH": "/bin"}
	got := FromEnvironment(func(name string) string { return env[name] })
	if len(got) != 2 || got[0] != "k2" || got[1] != "ghs_1" {
		t.Errorf("%q", got)
	}
}
