// Package roottest serves a mirror of Alpine in small: signed packages, made from the programs of this machine, and in place of
// Alpine's apk a stand-in that installs them.
package roottest

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/dir"
)

// Branch is the release that the mirror has.
const Branch = "v3.19"

// Mirror is a mirror on loopback.
type Mirror struct {
	URL      string
	Dir      string                          // what it serves
	Key      *apk.PrivateKey                 // that signs
	Keys     map[string]string               // for root.Maker
	Requests atomic.Int64                    // that it got
	Serve    func(http.Handler) http.Handler // what stands before it; nil: nothing
}

// File is one file of a package: its content, or the target of a link.
type File struct {
	Text string
	Link string
	Mode os.FileMode // 0: 0644
}

// signing is the key of all mirrors: to make one takes long.
var signing = sync.OnceValues(func() (*apk.PrivateKey, error) { return apk.GenerateKey("alpine-test.rsa") })

// files of a mirror that was made before, by their names; the packages of all are the same.
var made = struct {
	sync.Mutex
	files map[string][]byte
}{}

// New serves what a root needs, with a shell and the usual programs from the machine's busybox; without one the test is skipped.
func New(t *testing.T) *Mirror {
	t.Helper()
	key, err := signing()
	if err != nil {
		t.Fatal(err)
	}
	m := &Mirror{Dir: t.TempDir(), Key: key}
	sum := sha256.Sum256(key.Public().PEM())
	m.Keys = map[string]string{key.Name + ".pub": hex.EncodeToString(sum[:])}
	m.fill(t)
	server := httptest.NewServer(http.HandlerFunc(m.serve))
	t.Cleanup(server.Close)
	m.URL = server.URL + "/alpine"
	return m
}

// fill publishes the packages that every root needs.
func (m *Mirror) fill(t *testing.T) {
	t.Helper()
	made.Lock()
	defer made.Unlock()
	if made.files == nil {
		m.publish(t, m.base(t)...)
		made.files = map[string][]byte{}
		entries, err := os.ReadDir(m.Path(""))
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			made.files[e.Name()] = []byte(content(t, m.Path(e.Name())))
		}
		return
	}
	if err := os.MkdirAll(m.Path(""), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, text := range made.files {
		if err := os.WriteFile(m.Path(name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// base makes these packages.
func (m *Mirror) base(t *testing.T) []string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	public := File{Text: string(m.Key.Public().PEM())}
	packages := []string{
		m.pack(t, "alpine-keys", nil, map[string]File{"usr/share/apk/keys/" + m.Key.Name + ".pub": public}),
		m.pack(t, "apk-tools-static", nil, map[string]File{
			"sbin/apk.static": {Text: "#!/bin/sh\nexec '" + self + "' " + argument + ` "$@"` + "\n", Mode: 0o755},
		}),
		m.pack(t, "alpine-baselayout", []string{"busybox"}, map[string]File{
			"etc/passwd": {Text: "root:x:0:0:root:/root:/bin/sh\n"},
			"etc/hosts":  {}, "tmp/.keep": {}, "home/.keep": {}, "usr/lib/.keep": {}, "var/empty/.keep": {}, "var/tmp/.keep": {},
		}),
		m.pack(t, "busybox", nil, busybox(t)),
		m.pack(t, "alpine-base=3.19.9-r0", nil, nil),
	}
	for _, name := range []string{"apk-tools", "bash", "build-base", "ca-certificates", "curl", "git", "libc-utils"} {
		packages = append(packages, m.pack(t, name, nil, nil))
	}
	return packages
}

func (m *Mirror) serve(w http.ResponseWriter, r *http.Request) {
	m.Requests.Add(1)
	handler := http.StripPrefix("/alpine/", http.FileServer(http.Dir(m.Dir)))
	if m.Serve != nil {
		handler = m.Serve(handler)
	}
	handler.ServeHTTP(w, r)
}

// Add adds a package.
func (m *Mirror) Add(t *testing.T, name string, depends []string, files map[string]File) {
	t.Helper()
	m.publish(t, m.pack(t, name, depends, files))
}

// pack makes a signed package; the name may have a version.
func (m *Mirror) pack(t *testing.T, name string, depends []string, files map[string]File) string {
	t.Helper()
	tree := t.TempDir()
	for file, f := range files {
		file = filepath.Join(tree, file)
		err := os.MkdirAll(filepath.Dir(file), 0o755)
		switch {
		case err != nil:
		case f.Link != "":
			err = os.Symlink(f.Link, file)
		default:
			err = os.WriteFile(file, []byte(f.Text), max(f.Mode, 0o644))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	name, version, _ := strings.Cut(name, "=")
	info := apk.Info{Name: name, Version: cmp.Or(version, "1.0-r0"), Description: name, URL: "https://example.org", Arch: apk.HostArch(), License: "MIT",
		Maintainer: "Ann <ann@example.org>", Depends: depends, Size: 1}
	file := filepath.Join(t.TempDir(), info.Filename())
	if _, err := apk.Create(t.Context(), file, info, nil, apk.Tree{Root: tree}, apk.Compress(apk.Fast)); err != nil {
		t.Fatal(err)
	}
	if err := apk.SignFile(t.Context(), file, file, m.Key); err != nil {
		t.Fatal(err)
	}
	return file
}

func (m *Mirror) publish(t *testing.T, packages ...string) {
	t.Helper()
	st, err := dir.New(m.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := repository.Publish(t.Context(), st, repository.Request{
		Location: repository.Location{Branch: Branch, Repository: "main"}, Packages: packages, Keys: []*apk.PrivateKey{m.Key},
	}); err != nil {
		t.Fatal(err)
	}
}

// Path returns the path of a file of the repository main.
func (m *Mirror) Path(name string) string {
	return filepath.Join(m.Dir, Branch, "main", apk.HostArch(), name)
}

// library finds the paths in what ldd prints.
var library = regexp.MustCompile(`(/\S+) \(0x`)

// busybox is the machine's, with a link for each of its programs, and what Debian's busybox lacks.
func busybox(t *testing.T) map[string]File {
	t.Helper()
	program, err := exec.LookPath("busybox")
	if err != nil {
		t.Skip("needs busybox: it is not on PATH")
	}
	applets, err := exec.CommandContext(t.Context(), program, "--list").Output()
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]File{}
	for name := range strings.FieldsSeq(string(applets)) {
		files["bin/"+name] = File{Link: "busybox"}
	}
	copyProgram(t, files, program, "bin/busybox")
	for _, name := range []string{"install", "stat"} {
		if found, err := exec.LookPath(name); err == nil {
			copyProgram(t, files, found, "bin/"+name)
		}
	}
	return files
}

// copyProgram adds a program and the libraries that it needs.
func copyProgram(t *testing.T, files map[string]File, program, to string) {
	t.Helper()
	files[to] = File{Text: content(t, program), Mode: 0o755}
	libraries, _ := exec.CommandContext(t.Context(), "ldd", program).Output() // it fails for a static one
	for _, found := range library.FindAllStringSubmatch(string(libraries), -1) {
		files[strings.TrimPrefix(found[1], "/")] = File{Text: content(t, found[1]), Mode: 0o755}
	}
}

func content(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
