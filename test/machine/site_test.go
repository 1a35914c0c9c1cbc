//go:build linux

package machine

import (
	"bytes"
	"compress/gzip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// needNginx puts Debian's nginx onto a machine, where Alpine's package puts it.
func needNginx(t *testing.T, m *machine) {
	t.Helper()
	dir := filepath.Join(cacheDir(t), "nginx")
	download(t, "nginx", dir, "apt-get download -qq nginx nginx-common >/dev/null")
	m.write("etc/nginx/mime.types", read(t, filepath.Join(dir, "etc/nginx/mime.types")))
	m.write("sbin/nginx", read(t, filepath.Join(dir, "usr/sbin/nginx")))
	if out, _, code := m.run("nginx -v"); code != 0 {
		t.Skipf("nginx does not run here: %s", out)
	}
}

// zipped returns text as gzip compresses it.
func zipped(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// answer asks a machine for a path. It returns the status line, the headers and the body.
func answer(c *client, path string, options ...string) string {
	c.t.Helper()
	return c.ok("curl -sS -i --max-time 5 --compressed " + strings.Join(options, " ") + " http://127.0.0.1:" + path)
}

// A static site is served as soon as its service is started, as its user, on the port of its configuration.
func TestSite(t *testing.T) {
	c := newClient(boot(t))
	needNginx(t, c.machine)
	files := map[string]string{
		"pakman.yml": "name: demo\ntype: static\narchitectures: [noarch]\nrun: {environment: {PORT: \"18471\"}}\n" +
			"build: {destinations: [dist]}\n",
		"dist/index.html": "first page", "dist/about.html": "about us", "dist/docs/index.html": "manual", "dist/404.html": "lost page",
		"dist/app.3f2a1b9c.js": "first script", "dist/module.mjs": "module", "dist/.env": "a secret", "dist/.well-known/x.txt": "known",
		"dist/plain.css": "plain", "dist/plain.css.gz": zipped(t, "compressed before"),
	}
	c.clean(c.add(in(orders[0], build(t, "1.0.0", files))...))
	c.ok("rc-update -u; rc-service demo start")
	c.eventually("curl -sf http://127.0.0.1:18471/")
	for path, want := range map[string][]string{
		"18471/":                   {"200 OK", "first page", "Cache-Control: no-cache", "ETag: "},
		"18471/about":              {"200 OK", "about us"},
		"18471/docs/":              {"200 OK", "manual"},
		"18471/nothing":            {"404 Not Found", "lost page"},
		"18471/app.3f2a1b9c.js":    {"200 OK", "first script", "max-age=31536000, immutable", "javascript"},
		"18471/module.mjs":         {"200 OK", "javascript", "Cache-Control: no-cache"},
		"18471/plain.css":          {"200 OK", "compressed before", "Content-Encoding: gzip", "Vary: Accept-Encoding"},
		"18471/.env":               {"404 Not Found"},
		"18471/.well-known/x.txt":  {"200 OK", "known"},
		"18471/old.0123456789a.js": {"404 Not Found"},
	} {
		got := answer(c, path)
		for _, part := range want {
			if !strings.Contains(got, part) {
				t.Errorf("%s: no %q in\n%s", path, part, got)
			}
		}
	}
	if who := c.ok("ps -o user= -C nginx | sort -u"); strings.TrimSpace(who) != "demo" {
		t.Errorf("nginx runs as %q", who)
	}

	delete(files, "dist/404.html")
	files["pakman.yml"] += "static: {fallback: index.html}\n"
	files["dist/index.html"] = "second page"
	c.clean(c.add(in(orders[0], build(t, "1.1.0", files))...))
	c.eventually("curl -sf http://127.0.0.1:18471/a/view/of/the/application | grep 'second page'")
	if got := answer(c, "18471/lost.js"); !strings.Contains(got, "404 Not Found") {
		t.Errorf("a script that does not exist: %s", got)
	}
	c.ok("sed -i s/18471/18472/ /etc/conf.d/demo; rc-service demo restart")
	c.eventually("curl -sf http://127.0.0.1:18472/about")
	c.ok("rc-service demo stop; ! curl -sf http://127.0.0.1:18472/")
	c.clean(c.del("demo", "demo-openrc"))
}

// A configuration of one's own replaces the generated one, with both supervisors.
func TestSiteOwnConfiguration(t *testing.T) {
	for _, supervisor := range []string{"s6", "supervise-daemon"} {
		t.Run(supervisor, func(t *testing.T) {
			c := newClient(boot(t))
			needNginx(t, c.machine)
			port := map[string]string{"s6": "18473", "supervise-daemon": "18474"}[supervisor]
			c.clean(c.add(in(orders[0], build(t, "1.0.0", map[string]string{
				"pakman.yml": "name: demo\ntype: static\nbuild: {destinations: [dist]}\n" +
					"files: [{source: my.conf, destination: /etc/demo/nginx.conf}]\n" +
					"run: {supervisor: " + supervisor + ", environment: {PORT: \"" + port + "\"}}\n",
				"my.conf": "daemon off;\npid my.pid;\nevents {\n}\nhttp {\n\tclient_body_temp_path a;\n\tproxy_temp_path b;\n" +
					"\tfastcgi_temp_path c;\n\tuwsgi_temp_path d;\n\tscgi_temp_path e;\n\taccess_log off;\n" +
					"\tserver {\n\t\tlisten ${PORT};\n\t\treturn 200 'of my own';\n\t}\n}\n",
				"dist/index.html": "never",
			}))...))
			c.ok("rc-update -u; rc-service demo start")
			c.eventually("curl -sf http://127.0.0.1:" + port + "/ | grep 'of my own'")
			c.ok("rc-service demo stop")
		})
	}
}

// After the last line of docs/quickstart.md, the page is there.
func TestQuickStartPage(t *testing.T) {
	text := read(t, "../../docs/quickstart.md")
	_, text, _ = strings.Cut(text, "apk add -u hello\n")
	_, text, _ = strings.Cut(text, "```sh\n")
	lines, _, ok := strings.Cut(text, "```")
	if !ok || !strings.Contains(lines, "wget") {
		t.Fatalf("docs/quickstart.md ends with %q", lines)
	}
	c := newClient(boot(t))
	needNginx(t, c.machine)
	tool, err := program()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "hello")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "index.html"), []byte("Hello from a package."), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.CommandContext(t.Context(), tool, "init", dir).CombinedOutput(); err != nil {
		t.Fatalf("pakman init: %v\n%s", err, out)
	}
	packages := build(t, "1.0.0", map[string]string{
		"pakman.yml": read(t, filepath.Join(dir, "pakman.yml")), "index.html": read(t, filepath.Join(dir, "index.html")),
	})
	c.clean(c.add(packages["hello"], packages["hello-openrc"]))
	start, ask, _ := strings.Cut(lines, "wget")
	c.ok("rc-update -u; " + start)
	if page := c.eventually("wget" + ask); page != "Hello from a package." {
		t.Errorf("the page is %q", page)
	}
	if _, _, code := c.run("wget -qO- http://localhost:8080/pakman.yml"); code == 0 {
		t.Error("visitors see pakman.yml")
	}
}
