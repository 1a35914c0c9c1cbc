package pipeline_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/instellar/instellartest"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// instellarYML is one of the original PAKman's files, with a payload of every type that YAML has.
const instellarYML = `stack: alpine/3.24
dependencies:
  build: []
  runtime: [blog-openrc]
build:
  command: |
    mkdir -p bin
    printf '#!/bin/sh\nexec sleep 60\n' >bin/serve
    chmod 755 bin/serve
  destinations:
    - bin
run:
  name: blog
  services:
    - name: web
      binary: serve
      start:
        call: --port 4000
kits:
  - blueprint:
      name: blog
      ratio: 1.0
      replicas: 3
      public: true
      answer: yes
      mode: 0777
      none: null
sizes: [{name: small, memory: 256}]
page: {title: "Blog", order: 1.50}
`

const deployed = "0123456789abcdef0123456789abcdef01234567"

// silent keeps what a run says.
type silent struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (s *silent) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.said, format+"\n", args...)
}
func (s *silent) Stage(title string)              { s.say("== %s", title) }
func (s *silent) Info(format string, args ...any) { s.say(format, args...) }
func (s *silent) Warn(f config.Fault)             { s.say("%s", f) }
func (s *silent) Show(string, string)             {}
func (s *silent) Output() io.Writer               { return io.Discard }

// application is a checkout of Acme/Blog, its key, and a platform.
type application struct {
	dir      string
	key      *apk.PrivateKey
	platform *instellartest.Platform
	console  *silent
	paused   []time.Duration
}

func newApplication(t testing.TB) *application {
	t.Helper()
	a := &application{dir: t.TempDir(), platform: instellartest.Start(t, "acme", "blog"), console: &silent{}, key: sharedKey(t)}
	a.write(t, "instellar.yml", instellarYML)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(a.console.said.String())
		}
	})
	return a
}

// sharedKey is made once: RSA keys take their time.
var sharedKey = func() func(testing.TB) *apk.PrivateKey {
	var once sync.Once
	var key *apk.PrivateKey
	return func(t testing.TB) *apk.PrivateKey {
		t.Helper()
		var err error
		once.Do(func() { key, err = apk.GenerateKey("acme-blog.rsa") })
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
}()

func (a *application) write(t testing.TB, name, text string) {
	t.Helper()
	path := filepath.Join(a.dir, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
		t.Fatal(err)
	}
}

func getenv(name string) string {
	switch name {
	case "PATH":
		return os.Getenv("PATH")
	case "GITHUB_REPOSITORY":
		return "Acme/Blog"
	}
	return ""
}

// build leaves the packages of one version in a local repository and returns its directory.
func (a *application) build(t *testing.T, version string) string {
	t.Helper()
	output := filepath.Join(t.TempDir(), "packages")
	_, err := pipeline.Build(t.Context(), a.buildOptions(version, output), a.console)
	if err != nil {
		t.Fatal(err)
	}
	return output
}

func (a *application) buildOptions(version, output string) pipeline.BuildOptions {
	o := pipeline.BuildOptions{Builder: "native", Output: output, Key: a.signingKey()}
	o.Dir, o.Getenv = a.dir, getenv
	o.Recipe.Version, o.Recipe.Repository = version, "main"
	return o
}

func (a *application) signingKey() signing.Key {
	return signing.Key{PEM: secret.New(string(a.key.PEM())), Names: []string{"acme-blog"}}
}

// options deliver to the platform, without waiting between attempts.
func (a *application) options(paths ...string) pipeline.DeployOptions {
	o := pipeline.DeployOptions{Paths: paths, Options: deploy.Options{
		Kind: "instellar", Endpoint: a.platform.Endpoint,
		Commit:    deploy.Commit{Repository: "Acme/Blog", SHA: deployed, Ref: "refs/heads/main"},
		AuthToken: secret.New(a.platform.AuthToken), PackageToken: secret.New(a.platform.PackageToken),
		HTTP: httpjson.Options{Transport: a.platform.S3.Transport(), Pause: func(_ context.Context, d time.Duration) error {
			a.paused = append(a.paused, d)
			return nil
		}},
	}}
	o.Dir, o.Getenv = a.dir, getenv
	return o
}

// A new commit takes the five requests in their order and leaves both layouts; the same commit once more takes three and
// leaves the bucket alone.
func TestDeploy(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	rep, err := pipeline.Deploy(t.Context(), a.options(packages), a.console)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"login", "find", "storage", "create", "configure"}
	if diff := cmp.Diff(want, a.platform.Requests()); diff != "" {
		t.Error(diff)
	}
	d := a.platform.Deployment(deployed)
	if d == nil || d.Stack != "alpine/3.24" || !slices.Equal(d.Refs, []string{"refs/heads/main"}) {
		t.Fatalf("%+v", d)
	}
	payload, err := json.Marshal(d.Configuration)
	if err != nil {
		t.Fatal(err)
	}
	const wantPayload = `{"kits":[{"blueprint":{"answer":"yes","mode":777,"name":"blog","none":null,"public":true,"ratio":1.0,"replicas":3}}],` +
		`"page":{"order":1.5,"title":"Blog"},"sizes":[{"memory":256,"name":"small"}]}`
	if string(payload) != wantPayload {
		t.Errorf("payload\n%s, want\n%s", payload, wantPayload)
	}
	arch := apk.HostArch()
	keys := []string{
		d.ArchivePath, "deployments/acme/blog/" + deployed + "/" + arch + "/APKINDEX.tar.gz",
		"deployments/acme/blog/" + deployed + "/" + arch + "/blog-1.0.0-r0.apk",
		"deployments/acme/blog/" + deployed + "/" + arch + "/blog-openrc-1.0.0-r0.apk",
	}
	if diff := cmp.Diff(keys, a.platform.Keys()); diff != "" {
		t.Error(diff)
	}
	if got := rep.Deployment; got.ID != "1" || got.Known || !got.Configured || got.Objects != 4 || got.Requests != 5 {
		t.Errorf("%+v", got)
	}
	t.Logf("%d requests of the platform, %d of its bucket", rep.Deployment.Requests, rep.Deployment.Storage)

	o := a.options(packages)
	o.Commit.Ref = "refs/tags/v1.0.0"
	rep, err = pipeline.Deploy(t.Context(), o, a.console)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"login", "find", "create", "configure"}, a.platform.Requests()[5:]); diff != "" {
		t.Error(diff)
	}
	if !rep.Deployment.Known || rep.Changed || len(a.platform.Deployment(deployed).Refs) != 2 {
		t.Errorf("%+v", rep.Deployment)
	}
}

// Every step fails for a passing reason, and once its answer is lost; the deployment comes about all the same.
func TestDeployFaults(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	faults := map[string]*instellartest.Fault{
		"unavailable": {Status: 503, Body: "<html>later</html>"},
		"throttled":   {Status: 429, Header: map[string][]string{"Retry-After": {"7"}}},
		"lost":        {Lose: true},
	}
	n := 0
	for name, fault := range faults {
		for _, step := range []string{"login", "find", "storage", "create", "configure"} {
			t.Run(name+" "+step, func(t *testing.T) {
				n++
				a.paused = nil
				a.platform.Inject(func(s string, n int) *instellartest.Fault {
					if s == step && n < 2 {
						return fault
					}
					return nil
				})
				o := a.options(packages)
				o.Commit.SHA, o.AllowOlder = fmt.Sprintf("%040x", n), true
				before := len(a.platform.Requests())
				if _, err := pipeline.Deploy(t.Context(), o, a.console); err != nil {
					t.Fatal(err)
				}
				if n := len(a.platform.Requests()) - before; n != 7 { // a lost GET is repeated by net/http itself, once
					t.Errorf("%d requests, pauses %v", n, a.paused)
				}
				if name == "throttled" && !slices.Contains(a.paused, 7*time.Second) {
					t.Errorf("pauses %v, 7 s were asked for", a.paused)
				}
			})
		}
	}
}

// What the user can mend is said with its remedy, and no token ever is.
func TestDeployRefused(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	for name, tc := range map[string]struct {
		change func(*pipeline.DeployOptions)
		fault  func(step string, n int) *instellartest.Fault
		want   string
		input  bool
	}{
		"unknown token": {change: func(o *pipeline.DeployOptions) { o.AuthToken = secret.New("wrong-token-1") },
			want: "does not know INSTELLAR_AUTH_TOKEN"},
		"no tokens": {change: func(o *pipeline.DeployOptions) { o.AuthToken, o.PackageToken = secret.New(""), secret.String{} },
			want: "no INSTELLAR_PACKAGE_TOKEN", input: true},
		"no commit": {change: func(o *pipeline.DeployOptions) { o.Commit.SHA = "../x" }, want: `"../x" is no hash`, input: true},
		"plain http": {change: func(o *pipeline.DeployOptions) { o.Endpoint = "http://platform.example" },
			want: "would send secrets in the clear", input: true},
		"user in address": {change: func(o *pipeline.DeployOptions) { o.Endpoint = "https://me:hidden-pw@platform.example" },
			want: "holds a user name", input: true},
		"401": {fault: status(instellartest.Find, 401), want: "check INSTELLAR_AUTH_TOKEN"},
		"403": {fault: status(instellartest.Storage, 403), want: "may not do this"},
		"404": {fault: status(instellartest.Create, 404), want: "does not know the package"},
		"500": {fault: status(instellartest.Create, 500), want: "gave up after 6 attempts"},
		"long wait": {fault: func(string, int) *instellartest.Fault {
			return &instellartest.Fault{Status: 503, Header: map[string][]string{"Retry-After": {"7200"}}}
		}, want: "asks to wait 2h0m0s, which is too long to wait here"},
		"redirect": {fault: func(string, int) *instellartest.Fault {
			return &instellartest.Fault{Status: 301, Header: map[string][]string{"Location": {"https://new.example/login?x=1"}}}
		}, want: "redirects to https://new.example/login:"},
		"not a platform": {fault: func(string, int) *instellartest.Fault {
			return &instellartest.Fault{Status: 201, Body: "<html>hello</html>"}
		}, want: "is not what the protocol says"},
		"foreign key": {change: func(o *pipeline.DeployOptions) { o.Commit.Repository = "Acme/Shop" },
			want: "trust acme-shop.rsa.pub alone", input: true},
		"wrong key name": {change: func(o *pipeline.DeployOptions) {
			o.Key = a.signingKey()
			o.Key.Names = []string{"other"}
		}, want: "named other.rsa.pub", input: true},
	} {
		t.Run(name, func(t *testing.T) {
			a.platform.Inject(tc.fault)
			before := len(a.platform.Keys())
			o := a.options(packages)
			o.Commit.SHA = deployed
			if tc.change != nil {
				tc.change(&o)
			}
			_, err := pipeline.Deploy(t.Context(), o, a.console)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if errors.As(err, new(*usererror.InputError)) != tc.input {
				t.Errorf("an input error is expected: %v; got %T", tc.input, err)
			}
			for _, hidden := range []string{a.platform.AuthToken, a.platform.PackageToken, "wrong-token-1", "session-", "hidden-pw"} {
				if strings.Contains(err.Error(), hidden) || strings.Contains(a.console.said.String(), hidden) {
					t.Errorf("a secret is shown: %v", err)
				}
			}
			if tc.input && len(a.platform.Keys()) != before {
				t.Error("something was uploaded")
			}
		})
	}
}

func status(step string, code int) func(string, int) *instellartest.Fault {
	return func(s string, _ int) *instellartest.Fault {
		if s == step {
			return &instellartest.Fault{Status: code, Body: `{"errors":{"detail":"no"}}`}
		}
		return nil
	}
}

// The platform's validation errors stand on the lines of the keys that they name.
func TestDeployInvalid(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	for name, body := range map[string]string{
		"tree":     `{"errors":{"payload":{"kits":[{"blueprint":{"name":["has already been taken"]}}],"sizes":["is too long"]}}}`,
		"json:api": `{"errors":[{"detail":"has already been taken","source":{"pointer":"/configuration/payload/kits/0/blueprint/name"}},{"title":"is too long","source":{"pointer":"/payload/sizes"}}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			a.platform.Reject = func(map[string]any) string { return body }
			_, err := pipeline.Deploy(t.Context(), a.options(packages), a.console)
			var faults config.Faults
			if !errors.As(err, &faults) || len(faults) != 2 {
				t.Fatalf("%v", err)
			}
			var got []string
			for _, f := range faults {
				got = append(got, fmt.Sprintf("%d %s: %s", f.Pos.Line, f.Key, f.Message))
			}
			want := []string{
				"21 kits[0].blueprint.name: the platform does not take it: has already been taken",
				"28 sizes: the platform does not take it: is too long",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	a.platform.Reject = nil
	if _, err := pipeline.Deploy(t.Context(), a.options(packages), a.console); err != nil {
		t.Errorf("after it was fixed: %v", err)
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
