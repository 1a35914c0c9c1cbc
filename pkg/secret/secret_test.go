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
	"testing/synctest"
	"time"
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
	if _, err := io.CopyBuffer(w, struct{ io.Reader }{strings.NewReader(text)}, make([]byte, min(step, len(text)+1))); err != nil {
		t.Fatal(err)
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
		"plain":  {"a hunter2 b hunter2", "a *** b ***", []string{"hunter2"}},
		"prefix": {"hunter hunter22 hunt", "hunter *** hunt", []string{"hunter2", "hunter22"}},
		"key": {"  MIIEvQIBADAN\r\n> q83vEjRWeJA=\n-----BEGIN PRIVATE KEY-----", "  ***\r\n> ***\n-----BEGIN PRIVATE KEY-----",
			[]string{key}},
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
		"repeated": {"aaaaaaaaa", "***", []string{"aaaa"}},
		"adjacent": {"hunter2hunter2", "******", []string{"hunter2"}},
		"overlap":  {"x aabaabaab y", "x *** y", []string{"aabaab", "baab"}},
		"inside":   {"x abcdefgh y", "x *** y", []string{"cdef", "abcdefgh"}},
		"almost":   {"x abcdefgi y", "x ab***gi y", []string{"cdef", "abcdefgh"}},
		"blanks":   {"my  pass\n word, my pass\nword, mypa\n ssword", "my  pass\n word, ***, ***", []string{"my password", "my pass word"}},
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
	key := "-----BEGIN PRIVATE KEY-----\n" + strings.Repeat("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj\n", 3) +
		"-----END PRIVATE KEY-----\n"
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

// A line that could begin a secret by chance is shown while nothing follows it, and what follows is masked nevertheless.
func TestRedactorShowsLastLine(t *testing.T) {
	for name, tc := range map[string]struct{ first, shown, second, all string }{
		"a letter":        {"x\nbuilt with\n", "x\nbuilt with\n", "done\n", "x\nbuilt with\ndone\n"},
		"then the secret": {"x\nbuilt h\n", "x\nbuilt h\n", "unter2-and-more y", "x\nbuilt h\n*** y"},
		"indented":        {"hun\r\n", "hun\r\n", "  ter2-and-more y\n", "hun\r\n*** y\n"},
		"much of it":      {"x\nhunter2-an\n", "x\n", "d-more\n", "x\n***\n"},
		"within a line":   {"x\nhun", "x\n", "ter2-and-more\n", "x\n***\n"},
		"twice":           {"hunter2-and-moreh\n", "***h\n", "h\n", "***h\nh\n"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				w := Redactor(&out, "hunter2-and-more")
				write := func(text, want string) {
					t.Helper()
					if _, err := io.WriteString(w, text); err != nil {
						t.Fatal(err)
					}
					time.Sleep(time.Second)
					synctest.Wait()
					if out.String() != want {
						t.Errorf("after %q: %q, want %q", text, out.String(), want)
					}
				}
				write(tc.first, tc.shown)
				write(tc.second, tc.all)
				if err := w.Close(); err != nil || out.String() != tc.all {
					t.Errorf("%q, %v", out.String(), err)
				}
			})
		})
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestRedactorTellsOfErrors(t *testing.T) {
	w := Redactor(broken{}, "hunter2")
	for range 2 {
		if _, err := io.WriteString(w, "x"); err == nil {
			t.Error("the error is lost")
		}
	}
	if r, ok := w.(*redactor); !ok || len(r.out) > 0 {
		t.Error("text is kept that will not be written")
	}
}

// naive masks as Redactor does, by trying every pattern at every place.
func naive(text string, secrets ...string) string {
	covered := make([]bool, len(text))  // by a secret
	joined := make([]bool, len(text)+1) // no secret begins here while another one goes on
	for _, p := range patterns(secrets) {
		p = lineBreaks.Replace(p)
		for _, form := range []struct {
			pattern string
			skip    bool
		}{{p, false}, {p, true}, {spaces.Replace(p), true}} {
			if len(form.pattern) < shortest {
				continue
			}
			for from := range len(text) {
				to := matchAt(text, from, form.pattern, form.skip)
				for i := from; i < to; i++ {
					covered[i] = true
					joined[i] = joined[i] || i > from
				}
			}
		}
	}
	var out strings.Builder
	for i := range len(text) {
		switch {
		case !covered[i]:
			out.WriteByte(text[i])
		case !joined[i]:
			out.WriteString(Mask)
		}
	}
	return out.String()
}

// matchAt returns where the pattern ends that begins at a place of the text; 0: it does not.
func matchAt(text string, from int, pattern string, skip bool) int {
	at, fold, broken := from, 0, false
	for i := 0; i < len(pattern); {
		switch {
		case at == len(text):
			return 0
		case text[at] == '\n' || text[at] == '\r':
			broken = true
			fold++
		case broken && skip && (text[at] == ' ' || text[at] == '\t'):
			fold++
		case text[at] == pattern[i]:
			i++
			fold, broken = 0, false
		default:
			return 0
		}
		if at == from && i == 0 || fold > maxFold {
			return 0
		}
		at++
	}
	return at
}

func FuzzRedactor(f *testing.F) {
	f.Add("a hunter2 b", "hunter2", "nter", 3)
	f.Add("aabaabaab", "aabaab", "baab", 1)
	f.Add("my pa\n  ss\r\nword aaa\naaa", "my password", "aaaa", 2)
	f.Fuzz(func(t *testing.T, text, a, b string, step int) {
		if step < 1 {
			t.Skip("a text is written in steps of a byte at least")
		}
		got := redact(t, text, step, a, b)
		if want := naive(text, a, b); got != want {
			t.Errorf("%q without %q and %q in writes of %d bytes:\n%q, want\n%q", text, a, b, step, got, want)
		}
	})
}

// redactMany redacts the line again and again, in writes as a child makes them.
func redactMany(tb testing.TB, size int, line string, secrets []string) {
	tb.Helper()
	w := Redactor(io.Discard, secrets...)
	text := bytes.Repeat([]byte(line), 32<<10/len(line)+1)
	for n := 0; n < size; n += len(text) {
		if _, err := w.Write(text); err != nil {
			tb.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
}

// manySecrets are fifty, and lines that make it hard to find them.
func manySecrets() (secrets []string, lines map[string]string) {
	for i := range 50 {
		secrets = append(secrets, strings.Repeat("a", 60+10*i)+fmt.Sprint("b", i))
	}
	return secrets, map[string]string{
		"log":                "go: downloading github.com/klauspost/compress v1.18.0\n",
		"beginnings":         strings.Repeat("a", 500) + "c\n",
		"one long beginning": strings.Repeat("a", 4096),
		"folded":             "aaaaaaaa\n      ",
		"line breaks":        "aa" + strings.Repeat("\n", 4000),
	}
}

func BenchmarkRedactor(b *testing.B) {
	secrets, lines := manySecrets()
	for name, line := range lines {
		b.Run(name, func(b *testing.B) {
			const size = 100 << 20
			b.SetBytes(size)
			for b.Loop() {
				redactMany(b, size, line, secrets)
			}
		})
	}
}

// The time grows with the text alone, whatever the secrets and however close to them the text is.
func TestRedactorIsLinear(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: it writes 90 MiB, and in one goroutine")
	}
	secrets, lines := manySecrets()
	for name, line := range lines {
		measure := func(size int) time.Duration {
			began := time.Now()
			redactMany(t, size, line, secrets)
			return time.Since(began)
		}
		measure(1 << 20)
		short, long := measure(1<<20), measure(16<<20)
		if long > 100*short+5*time.Second {
			t.Errorf("%s: %v for 1 MiB, %v for 16 MiB", name, short, long)
		}
	}
}

// What is held back is bounded, also when line breaks inside a secret never end.
func TestRedactorHoldsBackBounded(t *testing.T) {
	secret := strings.Repeat("k", 100)
	var out bytes.Buffer
	w := Redactor(&out, secret)
	text := strings.Repeat("k\n", 50) + strings.Repeat("\n", 10<<20)
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if held := len(text) - out.Len(); held > len(secret)*(maxFold+1) {
		t.Errorf("%d bytes are held back", held)
	}
	if err := w.Close(); err != nil || out.String() != text {
		t.Error("the text was changed", err)
	}
}

func TestFromEnvironment(t *testing.T) {
	env := map[string]string{"GITHUB_TOKEN": " ghs_1 ", "AWS_SECRET_ACCESS_KEY": "k2", "PATH": "/bin"}
	got := FromEnvironment(func(name string) string { return env[name] })
	if len(got) != 2 || got[0] != "k2" || got[1] != "ghs_1" {
		t.Errorf("%q", got)
	}
}

// Two streams that end in the same terminal do not tear each other's lines, though the end of a line may begin a secret.
func TestRedactorWritesWholeLines(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\n1234567890abcdefghij\nGOT1\n-----END PRIVATE KEY-----\n"
	var terminal strings.Builder
	output, errs := Redactor(&terminal, key), Redactor(&terminal, key)
	for _, write := range []struct {
		to   io.Writer
		text string
	}{{output, "first\nGOT 1\n"}, {errs, "warning\n"}, {output, "GOT 12\nlast"}} {
		if _, err := io.WriteString(write.to, write.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(output.Close(), errs.Close()); err != nil {
		t.Fatal(err)
	}
	if want := "first\nwarning\nGOT 1\nGOT 12\nlast"; terminal.String() != want {
		t.Errorf("%q, want %q", terminal.String(), want)
	}
}

// The last line of a key can be any word: it is a secret behind the line before it alone.
func TestShortLinesOfKeys(t *testing.T) {
	key := "-----BEGIN PRIVATE KEY-----\n1234567890abcdefghij\nGOT1\n-----END PRIVATE KEY-----\n"
	for text, want := range map[string]string{
		"GOT1 and GOT1":                        "GOT1 and GOT1",
		key:                                    "-----BEGIN PRIVATE KEY-----\n***\n-----END PRIVATE KEY-----\n",
		"  1234567890abcdefghij\n  GOT1\nrest": "  ***\nrest",
		"a 1234567890abcdefghij b":             "a *** b",
	} {
		if got := Redact(text, key); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
