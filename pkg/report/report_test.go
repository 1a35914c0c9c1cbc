package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

func one(p repository.Published) Package { return Package{Published: p} }

func sample() *Report {
	return &Report{
		Packages: []Package{
			one(repository.Published{Name: "blog", Version: "1.2.0-r3", Arch: "x86_64", Size: 5_690_000, InstalledSize: 12_000_000,
				File: "/p/v3.24/main/x86_64/blog-1.2.0-r3.apk", SHA256: "ab",
				URL: "https://s3.example.org/b/v3.24/main/x86_64/blog-1.2.0-r3.apk"}),
			one(repository.Published{Name: "blog-openrc", Version: "1.2.0-r3", Arch: "x86_64", Size: 1_800,
				URL: "file:///p/o.apk", File: "/p/o.apk"}),
			one(repository.Published{Name: "blog-openrc", Version: "1.2.0-r3", Arch: "aarch64", Size: 1_800, File: "/p/o.apk"}),
		},
		RepositoryURL: "https://s3.example.org/b/v3.24/main",
		PublicKeyURL:  "https://s3.example.org/b/keys/acme-blog.rsa.pub",
		KeyName:       "acme-blog.rsa.pub",
		Arch:          "x86_64",
		Changed:       true,
		Traffic:       store.Traffic{Requests: 6, Sent: 5_700_000, Received: 2_300},
		Install:       []string{"wget …", "apk update && apk add -u blog"},
		Stages:        []Stage{{"build", 1.25}},
	}
}

func TestTotals(t *testing.T) {
	r := sample()
	if diff := cmp.Diff([]string{"blog", "blog-openrc"}, r.Names()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"x86_64", "aarch64"}, r.Arches()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int64{"blog": 5_690_000, "blog-openrc": 1_800}, r.Sizes()); diff != "" {
		t.Error(diff)
	}
	if got := r.TotalSize(); got != 5_691_800 {
		t.Errorf("TotalSize() = %d: a noarch package in two indexes counts once", got)
	}
}

func TestBytes(t *testing.T) {
	for n, want := range map[int64]string{
		0: "0 B", 999: "999 B", 1000: "1.00 kB", 5_690_000: "5.69 MB", 999_994: "999.99 kB",
		999_995: "1.00 MB", 1_500_000_000: "1.50 GB", 2_000_000_000_000_000: "2000.00 TB",
	} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %s, want %s", n, got, want)
		}
	}
}

func TestText(t *testing.T) {
	var b bytes.Buffer
	r := sample()
	if err := r.Text(&b); err != nil {
		t.Fatal(err)
	}
	want := `PACKAGE      VERSION   ARCH     SIZE     INSTALLED  WHERE
blog         1.2.0-r3  x86_64   5.69 MB  12.00 MB   https://s3.example.org/b/v3.24/main/x86_64/blog-1.2.0-r3.apk
blog-openrc  1.2.0-r3  x86_64   1.80 kB  0 B        /p/o.apk
blog-openrc  1.2.0-r3  aarch64  1.80 kB  0 B        /p/o.apk

Publishing took 6 requests: 5.70 MB sent, 2.30 kB received.

Install it on Alpine:
  wget …
  apk update && apk add -u blog
`
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Error(diff)
	}
	b.Reset()
	r.Changed = false
	if err := r.Text(&b); err != nil || !strings.Contains(b.String(), "Nothing changed") {
		t.Errorf("%v, %s", err, b.String())
	}
}

// sha256sum itself reads what Checksums writes, whatever a directory is called.
func TestChecksums(t *testing.T) {
	t.Chdir(t.TempDir())
	var names []string
	r := &Report{}
	for _, name := range []string{"a.apk", "with  spaces/b.apk", "back\\slash\nline/c.apk"} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256([]byte(name))
		names = append(names, name)
		r.Packages = append(r.Packages, one(repository.Published{File: name, SHA256: hex.EncodeToString(sum[:])}))
	}
	r.Packages = append(r.Packages, r.Packages[0]) // a noarch package in a second index
	var b bytes.Buffer
	if err := r.Checksums(&b); err != nil || strings.Count(b.String(), "\n") != len(names) {
		t.Errorf("%v\n%s", err, b.String())
	}
	published := &Report{Packages: []Package{one(repository.Published{URL: "https://packages.example.org/main/x86_64/d.apk",
		SHA256: "ab"})}}
	var line strings.Builder
	if err := published.Checksums(&line); err != nil || line.String() != "ab  d.apk\n" {
		t.Errorf("%v, %q", err, line.String())
	}
	cmd := exec.Command("sha256sum", "--strict", "-c")
	cmd.Stdin = &b
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// Whatever a package, a version or a directory is called, the summary's structure stays ours.
func TestMarkdownSpace(t *testing.T) {
	r := sample()
	hostile := "/var/\"]%%{init: {}}%%\n```\n| x |#quot;;<b>_*"
	r.Packages[0].Previous = &repository.Previous{Version: "1.1.0-r0", Size: 5_000_000}
	r.Packages[1].Previous = &repository.Previous{Version: "<b>|", Size: 2_000}
	r.Packages[0].Name = "x\n    \"y\" : 1\n```"
	r.Packages[0].Largest = []Directory{{hostile, 9_000_000}, {"/usr/bin", 2_000_000}, {"", 1_000_000}}
	r.Packages[1].Largest = []Directory{{"/etc", 5}}
	r.Packages[2].Largest = []Directory{{"/etc", 5}}
	var b bytes.Buffer
	if err := r.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"| 5.69 MB | +690.00 kB \\(+13.8 %\\) since 1.1.0-r0 | 12.00 MB |",
		"| 1.80 kB | −200 B \\(−10.0 %\\) since &lt;b&gt;\\| | 0 B |",
		"| aarch64 | 1.80 kB |  | 0 B |",
		"\n#### Largest directories in x \"y\" : 1 \\`\\`\\`\n\n| directory | size |\n|---|--:|\n",
		"\n| /usr/bin | 2.00 MB |\n| \\(elsewhere\\) | 1.00 MB |\n\n```mermaid\npie showData title x _y_ _ 1 ___\n    \"/var/___",
		"___ _ x __quot___b___\" : 9000000\n    \"/usr/bin\" : 2000000\n    \"(elsewhere)\" : 1000000\n```\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
	if strings.Contains(got, "blog-openrc\n\n| directory") || strings.Count(got, "\n```") != 4 {
		t.Errorf("%s", got)
	}
}

// GitHub drops a summary of more than 1 MiB.
func TestMarkdownFits(t *testing.T) {
	r := &Report{Install: []string{"apk add " + strings.Repeat("x", 1<<20)}}
	long := strings.Repeat("|&<", 4000)
	for range 5000 {
		r.Packages = append(r.Packages, Package{Published: repository.Published{Name: long, Version: long, URL: long},
			Largest: []Directory{{long, 1}, {long, 2}}})
		r.Stages = append(r.Stages, Stage{Name: long})
	}
	var b bytes.Buffer
	if err := r.Markdown(&b); err != nil || b.Len() > 900<<10 || !strings.Contains(b.String(), "\n… and ") {
		t.Errorf("%d bytes, %v", b.Len(), err)
	}
}

func TestLargestDirectories(t *testing.T) {
	modules := map[string]int64{"var/lib/app/server.js": 1000, "var/lib/app/.next/a": 30_000, "var/lib/app/public/b": 2_000,
		"etc/init.d/app": 10, "etc/conf.d/app": 5}
	for i := range 400 {
		modules[fmt.Sprintf("var/lib/app/node_modules/m%d/index.js", i)] = 100
	}
	for name, tc := range map[string]struct {
		files map[string]int64
		want  []Directory
	}{
		"nothing": {nil, nil},
		"empty":   {map[string]int64{"a/b": 0}, nil},
		"one":     {map[string]int64{"usr/bin/x": 7}, []Directory{{"/usr/bin", 7}}},
		"root":    {map[string]int64{"x": 7, "etc/y": 3}, []Directory{{"/", 7}, {"/etc", 3}}},
		"modules": {modules, []Directory{{"/var/lib/app/node_modules", 40_000}, {"/var/lib/app/.next", 30_000},
			{"/var/lib/app/public", 2_000}, {"/var/lib/app", 1_000}, {"", 15}}},
	} {
		t.Run(name, func(t *testing.T) {
			got := LargestDirectories(tc.files)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	var b bytes.Buffer
	if err := sample().JSON(&b); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Packages []map[string]any `json:"packages"`
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"name", "version", "arch", "file", "size", "installed-size", "sha256", "url"} {
		if _, ok := got.Packages[0][key]; !ok {
			t.Errorf("no %q in %v", key, got.Packages[0])
		}
	}
}

// Nothing that stands in a package's name or place may become markup, a row or a column.
func TestMarkdownEscapes(t *testing.T) {
	r := sample()
	r.Packages[0].Name = "a|b\n| c <img src=x> `*_[x](y)"
	r.Packages[0].URL = "https://x/a_b|c`d`"
	r.Install = []string{"echo ```", "apk add x"}
	var b bytes.Buffer
	if err := r.Markdown(&b); err != nil {
		t.Fatal(err)
	}
	got := b.String()
	for _, want := range []string{
		"| a\\|b \\| c &lt;img src=x&gt; \\`\\*\\_\\[x\\]\\(y\\) | 1.2.0-r3 |",
		"`` https://x/a_b\\|c`d` ``",
		"````sh\necho ```\napk add x\n````",
		"| build | 1.2 |",
		"\n\nPublishing took 6 requests: 5.70 MB sent, 2.30 kB received.\n\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// The commands are run by a real shell, with stand-ins for cp and wget, so that quoting is seen.
func TestInstallCommandsRun(t *testing.T) {
	for name, tc := range map[string]struct{ repository, key, want string }{
		"directory": {"/srv/my 'repo'/v3.24/main", "/srv/my 'repo'/keys/k.rsa.pub", "cp|/srv/my 'repo'/keys/k.rsa.pub|/etc/apk/keys/|\n"},
		"url": {"https://x/$(touch pwned)/main", "https://x/keys/k$x.rsa.pub",
			"wget|-qO|/etc/apk/keys/k$x.rsa.pub|https://x/keys/k$x.rsa.pub|\n"},
	} {
		t.Run(name, func(t *testing.T) {
			commands, err := InstallCommands(tc.repository, tc.key, "it's")
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			log := filepath.Join(dir, "log")
			script := `for tool in cp wget apk; do eval "$tool() { printf '%s|' $tool \"\$@\" >>log; echo >>log; }"; done` + "\n" +
				strings.ReplaceAll(commands[0], "/etc/apk/repositories", "repositories") + "\n" + commands[1]
			cmd := exec.Command("sh", "-c", script)
			cmd.Dir = dir
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			ran, _ := os.ReadFile(log)
			if diff := cmp.Diff(tc.want+"apk|update|\napk|add|-u|it's|\n", string(ran)); diff != "" {
				t.Error(diff)
			}
			lines, _ := os.ReadFile(filepath.Join(dir, "repositories"))
			if string(lines) != tc.repository+"\n" {
				t.Errorf("repositories holds %q", lines)
			}
		})
	}
	if _, err := InstallCommands("/a\x00b", "/k", "n"); err == nil {
		t.Error("a NUL byte was taken")
	}
}

// A local repository is named by its plain path, whatever characters the path has.
func TestPlainURL(t *testing.T) {
	for url, want := range map[string]string{
		"file:///o%20p%20%C3%BC/100%25/v3.24": "/o p ü/100%/v3.24", "https://x/a%20b": "https://x/a%20b", "/plain/a%20b": "/plain/a%20b",
	} {
		if got := PlainURL(url); got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
	r := Report{Packages: []Package{one(repository.Published{Name: "a", URL: "file:///o%20p/a.apk"})}, Changed: true}
	var text strings.Builder
	if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "/o p/a.apk") {
		t.Errorf("%v\n%s", err, text.String())
	}
}
