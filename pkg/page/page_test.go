package page

import (
	"flag"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/net/html"

	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
)

var update = flag.Bool("update", false, "write the golden file anew")

func render(t testing.TB, c *repository.Contents) string {
	t.Helper()
	text, err := Render(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestGolden(t *testing.T) {
	const file = "testdata/index.html"
	got := render(t, sample())
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (-want +got), run with -update if that is meant:\n%s", file, diff)
	}
}

// single is a repository of one package.
func single(e index.Entry) *repository.Contents {
	c := sample()
	x := &index.Index{Description: "Acme shop"}
	x.Put(e)
	c.Indexes = []repository.ArchIndex{{Arch: "x86_64", Index: x}}
	return c
}

// shape is a page without its texts: the elements, and the names of their attributes.
func shape(t *testing.T, page string) string {
	t.Helper()
	var b strings.Builder
	z := html.NewTokenizer(strings.NewReader(page))
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
			token := z.Token()
			fmt.Fprintf(&b, "%s %s", token.Type, token.Data)
			for _, a := range token.Attr {
				fmt.Fprintf(&b, " %s", a.Key)
				if a.Key == "href" && !slices.ContainsFunc([]string{"https://example.com", "./", "../../keys/", "#packages", "data:,"},
					func(p string) bool {
						return strings.HasPrefix(a.Val, p)
					}) {
					t.Errorf("a link leads to %q", a.Val)
				}
			}
			b.WriteByte('\n')
		}
	}
}

// Whatever a package says of itself is text: it adds no element, no attribute, and no address but a web page's.
func TestHostile(t *testing.T) {
	want := shape(t, render(t, single(entry("blog", "1.0-r0", "x86_64", "text", "MIT", "https://example.com/", 1000, 1_790_000_000))))
	for _, text := range []string{
		`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</td></table><h1>`, `<!--`, `]]>`,
		`</title>`, `</style>`,
		`{{.Title}}`, `&lt;b&gt;`, "a\x00b", "a\xffb", "\u202Eevil\u2066", "`${alert(1)}`", `</script><script>alert(1)</script>`,
		strings.Repeat("<b>", 100_000),
	} {
		hostile := entry("blog", "1.0-r0", "x86_64", text, text, "https://example.com/"+text, 1000, 1_790_000_000)
		c := single(hostile)
		c.Indexes[0].Description = text
		page := render(t, c)
		got := shape(t, page)
		if len(text) > maxText || strings.ContainsRune(text, 0) || !utf8.ValidString(text) { // no URL, no link
			got, want := strings.ReplaceAll(got, "StartTag a href rel\nEndTag a\n", ""),
				strings.ReplaceAll(want, "StartTag a href rel\nEndTag a\n", "")
			if got != want {
				t.Errorf("%.40q changes the page:\n%s", text, cmp.Diff(want, got))
			}
		} else if got != want {
			t.Errorf("%.40q changes the page:\n%s", text, cmp.Diff(want, got))
		}
		if len(page) > 40_000 || strings.ContainsAny(page, "\x00\u202E\u2066") {
			t.Errorf("%.40q: a page of %d bytes, or characters that are not to be seen", text, len(page))
		}
	}
	for _, file := range []string{"../x", "a b", "a?b#c", "a%2fb", "javascript:alert(1)", `"x`} {
		shape(t, render(t, single(entry("blog", file, "x86_64", "text", "MIT", "", 1, 1))))
	}
}

func TestHomepage(t *testing.T) {
	for text, want := range map[string]string{
		"https://example.com/a?b=c": "https://example.com/a?b=c", "http://example.com": "http://example.com",
		"https://user:secret@example.com/": "https://example.com/",
		"javascript:alert(1)":              "", "JaVaScript:alert(1)": "", " javascript:alert(1)": "", "java\nscript:alert(1)": "",
		"data:text/html,<script>": "", "vbscript:x": "", "file:///etc/passwd": "", "//example.com": "", "/x": "", "https:": "",
		"https://": "", "": "", "https://hello.invalid": "", "https://a.INVALID/x": "",
		"https://invalid.example": "https://invalid.example",
		"https://a\"b":            "", "https://a<b>": "", "https://a b": "",
		"https:javascript:alert(1)": "", "https://example.com/" + strings.Repeat("x", 300): "",
	} {
		if got, _ := homepage(text); got != want {
			t.Errorf("%q gives %q", text, got)
		}
	}
}

// The commands are quoted for the shell, and a directory is given as apk takes it.
func TestCommands(t *testing.T) {
	c := sample()
	c.URL, c.Keys[0].URL = "file:///srv/it%27s here/v3.24/main", "file:///srv/it%27s here/keys/acme-shop.rsa.pub"
	page := html.UnescapeString(render(t, c))
	want := `cp '/srv/it'\''s here/keys/acme-shop.rsa.pub' /etc/apk/keys/ &&` + "\n" +
		`echo '/srv/it'\''s here/v3.24/main' >> /etc/apk/repositories`
	if !strings.Contains(page, want) || !strings.Contains(page, "apk update && apk add -u shop-api\n") &&
		!strings.Contains(page, "apk update && apk add -u shop-api<") {
		t.Errorf("no %s in\n%s", want, page)
	}
}

// A repository that holds nothing any more has a page too.
func TestEmpty(t *testing.T) {
	c := sample()
	c.Indexes = []repository.ArchIndex{{Arch: "x86_64", Index: &index.Index{Description: "Acme shop"}}}
	if page := render(t, c); !strings.Contains(page, "This repository has no packages.") || strings.Contains(page, "apk add") {
		t.Errorf("%s", page)
	}
}

// many is a repository of n packages with some versions each.
func many(n, versions int) *repository.Contents {
	c := sample()
	x := &index.Index{Description: "Many"}
	for i := range n {
		for v := range versions {
			x.Entries = append(x.Entries, entry(fmt.Sprintf("package-%06d", i), fmt.Sprintf("1.%d-r0", v), "x86_64",
				"One of very many packages, whatever it may be", "Apache-2.0", "https://example.com/", int64(100_000+v*1000),
				int64(1_700_000_000+i)))
		}
	}
	c.Indexes = []repository.ArchIndex{{Arch: "x86_64", Index: x}}
	return c
}

// What a package says of itself is text on its line too.
func TestHostileLine(t *testing.T) {
	of := func(version, license string) string {
		c := many(maxRows, 1)
		c.Indexes[0].Put(entry("blog", version, "x86_64", "text", license, "", 1000, 1))
		page := render(t, c)
		if n := strings.Count(page, "<li><b>blog</b> "); n != 1 {
			t.Fatalf("%d lines", n)
		}
		return page
	}
	want := shape(t, of("1.0-r0", "MIT"))
	if line := "\n<li><b>blog</b> 1.0-r0 · 1.00 kB · 1 Jan 1970 · A&amp;B &lt;x&gt;\n"; !strings.Contains(of("1.0-r0", "A&B <x>"), line) {
		t.Errorf("there is no %q", line)
	}
	for _, text := range []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</ul></section>`, `<!--`, "&lt;b&gt;",
		"a\x00b", "\u202Eevil", strings.Repeat("<b>", 100_000)} {
		page := of("1-"+text[:min(len(text), 40)], text)
		if got := shape(t, page); got != want {
			t.Errorf("%.40q changes the page:\n%s", text, cmp.Diff(want, got))
		}
		if strings.Contains(page, "\x00") || strings.Count(page, "&lt;b&gt;") > maxText {
			t.Errorf("%.40q: it is shown as it is", text)
		}
	}
}

func names(packages []*pack) string {
	var names []string
	for _, p := range packages {
		names = append(names, p.name)
	}
	return strings.Join(names, " ")
}

// The table shows those that were built last, whatever their order; of those of one time it leaves out the first.
func TestNewest(t *testing.T) {
	for _, c := range []struct {
		built []int64
		n     int
		want  string
	}{
		{[]int64{3, 1, 2}, 2, "a c"}, {[]int64{1, 2, 3}, 3, "a b c"}, {[]int64{1, 2, 3}, 9, "a b c"}, {[]int64{5, 5, 5, 5}, 2, "c d"},
		{[]int64{9, 5, 5, 5}, 2, "a d"}, {[]int64{1, 5, 9, 5, 7}, 3, "c d e"}, {[]int64{math.MaxInt64, 0, math.MaxInt64}, 1, "c"},
	} {
		var packages []*pack
		for i, built := range c.built {
			packages = append(packages, &pack{name: string(rune('a' + i)), versions: []version{{built: built}}})
		}
		chosen, others := newest(packages, c.n)
		if got := names(chosen); got != c.want {
			t.Errorf("the newest %d of %v are %s instead of %s", c.n, c.built, got, c.want)
		}
		for _, p := range others {
			if strings.Contains(c.want, p.name) {
				t.Errorf("%s is among both of %v", p.name, c.built)
			}
		}
		if len(chosen)+len(others) != len(packages) {
			t.Errorf("%d and %d of %v", len(chosen), len(others), c.built)
		}
	}
}

// However many packages and versions there are, the page stays one that a browser shows.
func TestBounds(t *testing.T) {
	page := render(t, many(25_000, 2))
	rows, lines := strings.Count(page, `<th role="rowheader"`), strings.Count(page, "<li><b>")
	t.Logf("%d bytes, %d rows, %d lines", len(page), rows, lines)
	if rows != maxRows || lines != maxPackages-maxRows || len(page) > 6<<20 || !strings.Contains(page, "5000 more") ||
		!strings.Contains(page, "package-024999") || strings.Contains(page, "package-004999") {
		t.Errorf("%d bytes, %d rows, %d lines", len(page), rows, lines)
	}
	page = render(t, many(1, 2000))
	if bars := strings.Count(page, "v-"); bars != maxBars || !strings.Contains(page, "1999 older versions") ||
		!strings.Contains(page, "1979 more, down to 1.0-r0.") || len(page) > 60_000 {
		t.Errorf("%d bytes, %d bars", len(page), bars)
	}
}

func BenchmarkRender(b *testing.B) {
	for _, n := range []int{100, 20_000} {
		c := many(n, 3)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			b.ReportAllocs()
			var size int
			for b.Loop() {
				size = len(render(b, c))
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}
