package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/deploy"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/instellar/instellartest"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// platformApplication is a checkout of Acme/Blog with a platform, and what is needed to deliver to it.
func platformApplication(t *testing.T) (*instellartest.Platform, func(output string) pipeline.BuildOptions, pipeline.DeployOptions) {
	t.Helper()
	platform := instellartest.Start(t, "acme", "blog")
	_, dirs := checkouts(t, map[string]string{"blog": "echo blog >file"})
	build := func(output string) pipeline.BuildOptions {
		o := buildOptions(t)
		o.Dir, o.Output = dirs[0], output
		return o
	}
	return platform, build, pipeline.DeployOptions{Options: deploy.Options{
		Kind: "instellar", Endpoint: platform.Endpoint,
		Commit:    deploy.Commit{Repository: "Acme/Blog", SHA: strings.Repeat("a", 40), Ref: "refs/heads/main"},
		AuthToken: secret.New(platform.AuthToken), PackageToken: secret.New(platform.PackageToken),
		HTTP: httpjson.Options{Transport: platform.S3.Transport()},
	}}
}

// A build goes on to the platform in the same run, and its mistakes are found before it begins.
func TestBuildAndDeploy(t *testing.T) {
	_, build, deployment := platformApplication(t)
	rep, err := pipeline.BuildAndDeploy(t.Context(), build(t.TempDir()), deployment, &silent{})
	if err != nil {
		t.Fatal(err)
	}
	if rep.Deployment == nil || rep.Deployment.ID != "1" || len(rep.Packages) != 1 || rep.Stages[len(rep.Stages)-1].Name != "deploy" {
		t.Errorf("%+v", rep)
	}
	for want, change := range map[string]func(*pipeline.BuildOptions, *pipeline.DeployOptions){
		"no signing key is given":          func(b *pipeline.BuildOptions, _ *pipeline.DeployOptions) { b.Key = signing.Key{} },
		"trust acme-blog.rsa.pub alone":    func(b *pipeline.BuildOptions, _ *pipeline.DeployOptions) { b.Key.Names = []string{"mine"} },
		"one application for each":         func(b *pipeline.BuildOptions, _ *pipeline.DeployOptions) { b.Dirs = []string{"a", "b"} },
		"no INSTELLAR_AUTH_TOKEN":          func(_ *pipeline.BuildOptions, o *pipeline.DeployOptions) { o.AuthToken = secret.String{} },
		"is not one of none, instellar":    func(_ *pipeline.BuildOptions, o *pipeline.DeployOptions) { o.Kind = "heroku" },
		"no address is given; use the inp": func(_ *pipeline.BuildOptions, o *pipeline.DeployOptions) { o.Kind = "webhook" },
	} {
		output := filepath.Join(t.TempDir(), "packages")
		b, o := build(output), deployment
		change(&b, &o)
		_, err := pipeline.BuildAndDeploy(t.Context(), b, o, &silent{})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
		if _, err := os.Stat(output); err == nil {
			t.Errorf("%s: it was built all the same", want)
		}
	}
}

// Packages that exist are delivered, and reported as they were found; a mistake is found before the first request.
func TestDeploy(t *testing.T) {
	platform, build, o := platformApplication(t)
	b := build(t.TempDir())
	if _, err := pipeline.Build(t.Context(), b, &silent{}); err != nil {
		t.Fatal(err)
	}
	o.Input, o.Paths = b.Input, []string{b.Output}
	for want, change := range map[string]func(*pipeline.DeployOptions){
		`nothing to do for "none": name one of instellar, webhook`: func(o *pipeline.DeployOptions) { o.Kind = "none" },
		"no .apk file in":   func(o *pipeline.DeployOptions) { o.Paths = []string{t.TempDir()} },
		"no such directory": func(o *pipeline.DeployOptions) { o.Dir = filepath.Join(b.Dir, "absent") },
	} {
		wrong := o
		change(&wrong)
		if _, err := pipeline.Deploy(t.Context(), wrong, &silent{}); err == nil || !strings.Contains(err.Error(), want) ||
			!errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if n := len(platform.Requests()); n > 0 {
		t.Errorf("%d requests for mistakes", n)
	}
	for _, known := range []bool{false, true} {
		rep, err := pipeline.Deploy(t.Context(), o, &silent{})
		if err != nil {
			t.Fatal(err)
		}
		if rep.Changed == known || rep.Deployment.Known != known || len(rep.Packages) != 1 || rep.Packages[0].Name != "blog" ||
			rep.Arch != apk.HostArch() {
			t.Errorf("known before: %v: %+v", known, rep)
		}
	}
}
