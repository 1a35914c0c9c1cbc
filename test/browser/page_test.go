package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
)

var screens = []screen{
	{name: "desktop-light", width: 1280, height: 900, scheme: "light", scripts: true},
	{name: "desktop-dark", width: 1280, height: 900, scheme: "dark", scripts: true},
	{name: "phone-light", width: 320, height: 640, scheme: "light", scripts: true},
	{name: "phone-dark", width: 390, height: 844, scheme: "dark", scripts: true},
	{name: "desktop-without-scripts", width: 1280, height: 900, scheme: "light"},
	{name: "phone-without-scripts", width: 320, height: 640, scheme: "light"},
}

// facts are what a person sees, asked of the browser.
type facts struct {
	Title, Command, Lang  string
	Visible               []string // names of packages
	Plots, Older, Links   int
	Search                bool
	Overflow              []string // elements that stick out of the screen
	Key, File, Found, Top string
}

const look = `(() => {
	const shown = (e) => e.checkVisibility();
	const all = (s) => [...document.querySelectorAll(s)];
	return {
		Title: document.title, Lang: document.documentElement.lang, Command: document.querySelector("pre code").textContent,
		Visible: all("#list > tbody > tr:first-child > th b").filter(shown).map((e) => e.textContent),
		Plots: all("svg[role=img][aria-label]").filter(shown).length, Older: all("summary").filter(shown).length, Links: all("a").length,
		Search: shown(document.querySelector("#query")),
		Overflow: document.documentElement.scrollWidth <= innerWidth ? [] : all("*").filter((e) => e.getBoundingClientRect().right > innerWidth + 1).map((e) => e.tagName + "." + e.className),
		Key: document.querySelector(".keys a").href, File: document.querySelector(".version a").href,
		Found: document.querySelector("#found").textContent, Top: document.activeElement.className,
	};
})()`

func see(ctx context.Context, t *testing.T) facts {
	t.Helper()
	var f facts
	if err := chromedp.Run(ctx, chromedp.Evaluate(look, &f)); err != nil {
		t.Fatal(err)
	}
	return f
}

var everything = []string{"shop-api", "shop-api-openrc", "storefront", "worker-with-a-name-that-is-longer-than-a-telephone-is-wide"}

// All of the page is there below any prefix and from a file, on each screen, with and without scripts, and leads to the
// repository that it lies in.
func TestPage(t *testing.T) {
	tab := launch(t)
	served, file := site(t, contents(t))
	for _, s := range screens {
		for kind, address := range map[string]string{"served": served, "file": file} {
			t.Run(s.name+" "+kind, func(t *testing.T) {
				ctx := tab(t)
				if err := chromedp.Run(ctx, s.set(), chromedp.Navigate(address)); err != nil {
					t.Fatal(err)
				}
				f, home := see(ctx, t), strings.TrimSuffix(address, "v3.24/main/index.html")
				if f.Title != "Acme shop – Alpine packages" || f.Lang != "en" || !slices.Equal(f.Visible, everything) || f.Plots != 3 ||
					f.Older != 3 {
					t.Errorf("%+v", f)
				}
				if f.Search != s.scripts || len(f.Overflow) > 0 {
					t.Errorf("search %v, wider than the screen: %q", f.Search, f.Overflow)
				}
				if f.Key != home+"keys/acme-shop.rsa.pub" || f.File != home+"v3.24/main/aarch64/shop-api-1.3.0-r0.apk" {
					t.Errorf("links lead to %s and %s", f.Key, f.File)
				}
				own := bucket + "/"
				if s.scripts && kind == "served" {
					own = home
				}
				if want := "wget -qO /etc/apk/keys/acme-shop.rsa.pub " + own + "keys/acme-shop.rsa.pub &&\necho " + own +
					"v3.24/main >> /etc/apk/repositories"; f.Command != want {
					t.Errorf("the command is\n%s\ninstead of\n%s", f.Command, want)
				}
				if kind == "served" {
					keep(ctx, t, s.name)
				}
			})
		}
	}
}

// The search narrows the table as one types, says how much is left, and can be linked to. It needs the keyboard only.
func TestSearch(t *testing.T) {
	ctx := launch(t)(t)
	served, _ := site(t, contents(t))
	if err := chromedp.Run(ctx, screens[0].set(), chromedp.Navigate(served), chromedp.KeyEvent(kb.Tab)); err != nil {
		t.Fatal(err)
	}
	if f := see(ctx, t); f.Top != "skip" {
		t.Errorf("the first stop of the keyboard is %q", f.Top)
	}
	for _, c := range []struct {
		typed, said string
		want        []string
	}{
		{"stock OPENRC", "1 of 4 packages", []string{"shop-api-openrc"}},
		{"apache", "3 of 4 packages", everything[:3]},
		{"<script>", "1 of 4 packages", everything[3:]},
		{"nowhere", "0 of 4 packages", []string{}},
		{"", "", everything},
	} {
		err := chromedp.Run(ctx, chromedp.Evaluate(`document.querySelector("#query").select()`, nil),
			chromedp.KeyEvent(kb.Backspace+c.typed+kb.Enter))
		if err != nil {
			t.Fatal(err)
		}
		var f facts
		for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
			if f = see(ctx, t); slices.Equal(f.Visible, c.want) && f.Found == c.said || time.Now().After(deadline) {
				break
			}
		}
		if !slices.Equal(f.Visible, c.want) || f.Found != c.said || f.Title != "Acme shop – Alpine packages" {
			t.Errorf("%q: %q is said, and to be seen is %q", c.typed, f.Found, f.Visible)
		}
	}
	if err := chromedp.Run(ctx, chromedp.Navigate("about:blank"), chromedp.Navigate(served+"#q=storefront")); err != nil {
		t.Fatal(err)
	}
	if f := see(ctx, t); !slices.Equal(f.Visible, []string{"storefront"}) {
		t.Errorf("the link to a search shows %q", f.Visible)
	}
	keep(ctx, t, "search")
}

// axe-core, which checks what can be checked by a program of accessibility, finds nothing, with everything unfolded.
func TestAccessible(t *testing.T) {
	tab := launch(t)
	axe := axeCore(t)
	served, _ := site(t, contents(t))
	for _, s := range screens[:4] {
		t.Run(s.name, func(t *testing.T) {
			ctx := tab(t)
			var result string
			err := chromedp.Run(ctx, s.set(), chromedp.Navigate(served),
				chromedp.Evaluate(`document.querySelectorAll("details").forEach((d) => { d.open = true; })`, nil),
				chromedp.Evaluate(axe, nil),
				chromedp.Evaluate(
					`axe.run().then((r) => JSON.stringify({passes: r.passes.length, violations: r.violations.map((v) => ({id: v.id, help: v.help, nodes: v.nodes.slice(0, 3).map((n) => n.html + " " + n.failureSummary)}))}))`,
					&result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
			if err != nil {
				t.Fatal(err)
			}
			var found struct {
				Passes     int
				Violations []struct {
					ID, Help string
					Nodes    []string
				}
			}
			if err := json.Unmarshal([]byte(result), &found); err != nil {
				t.Fatal(err)
			}
			for _, v := range found.Violations {
				t.Errorf("%s: %s\n%s", v.ID, v.Help, strings.Join(v.Nodes, "\n"))
			}
			if found.Passes < 20 {
				t.Errorf("only %d rules had anything to look at", found.Passes)
			}
			keep(ctx, t, s.name+"-unfolded")
		})
	}
}

// axeCore returns the script, from npm's registry.
func axeCore(t *testing.T) string {
	t.Helper()
	if _, err := exec.LookPath("npm"); err != nil {
		t.Skip("npm is not on PATH: axe-core cannot be installed")
	}
	dir := t.TempDir()
	for _, name := range []string{"package.json", "package-lock.json"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Skipf("npm's registry does not give axe-core: %v\n%s", err, out)
	}
	script, err := os.ReadFile(filepath.Join(dir, "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	return string(script)
}

// A page of 20,000 packages opens, and its search finds those too that are not in the table.
func TestMany(t *testing.T) {
	c := contents(t)
	x := &index.Index{Description: "Many"}
	for i := range 20_000 {
		x.Entries = append(x.Entries, index.Entry{FileSize: 1e6, Info: apk.Info{Name: fmt.Sprintf("package-%05d", i), Version: "1.0-r0",
			Arch: "x86_64", Description: "One of very many", License: "MIT", BuildDate: int64(1_700_000_000 + i)}})
	}
	c.Indexes = []repository.ArchIndex{{Arch: "x86_64", Index: x}}
	ctx := launch(t)(t)
	served, _ := site(t, c)
	var loaded, searched float64
	err := chromedp.Run(ctx, screens[0].set(), chromedp.Navigate(served),
		chromedp.Evaluate(`performance.getEntriesByType("navigation")[0].loadEventEnd`, &loaded),
		chromedp.Evaluate(`(() => {
			const begun = performance.now();
			document.querySelector("#query").value = "package-00042";
			document.querySelector("#search").requestSubmit();
			document.body.offsetHeight;
			return performance.now() - begun;
		})()`, &searched))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("loaded after %.0f ms, searched in %.0f ms", loaded, searched)
	var rest []string
	if err := chromedp.Run(ctx,
		chromedp.Evaluate(`[...document.querySelectorAll("#rest li")].filter((e) => e.checkVisibility()).map((e) => e.textContent.trim())`,
			&rest)); err != nil {
		t.Fatal(err)
	}
	if f := see(ctx, t); len(f.Visible) != 0 || f.Found != "1 of 20000 packages" ||
		!slices.Equal(rest, []string{"package-00042 1.0-r0 · 1.00 MB · 14 Nov 2023 · MIT"}) {
		t.Errorf("%q: %q and %q", f.Found, f.Visible, rest)
	}
	if err := chromedp.Run(ctx,
		chromedp.Evaluate(`document.querySelector("#query").value = "package-000"; document.querySelector("#search").requestSubmit()`,
			nil)); err != nil {
		t.Fatal(err)
	}
	keep(ctx, t, "many")
}
