package deploy_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/console/consoletest"
	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/instellar/instellartest"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
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

// application is a checkout of Acme/Blog, its key, and a platform.
type application struct {
	dir      string
	key      *apk.PrivateKey
	platform *instellartest.Platform
	console  *consoletest.Buffer
	paused   []time.Duration
}

func newApplication(t testing.TB) *application {
	t.Helper()
	a := &application{dir: t.TempDir(), platform: instellartest.Start(t, "acme", "blog"), console: &consoletest.Buffer{}, key: sharedKey(t)}
	a.write(t, "instellar.yml", instellarYML)
	t.Cleanup(func() {
		if t.Failed() {
			t.Log(a.console.String())
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
		HTTP: httpjson.Options{Transport: a.platform.S3.Transport(), Sleep: func(_ context.Context, d time.Duration) error {
			a.paused = append(a.paused, d)
			return nil
		}},
	}}
	o.Dir, o.Getenv = a.dir, getenv
	return o
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
