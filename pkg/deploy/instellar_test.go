package deploy_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/instellar/instellartest"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/usererror"
)

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

// What the user can fix is said with its remedy, and no token is ever shown.
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
		"no commit": {change: func(o *pipeline.DeployOptions) { o.Commit.SHA = "../x" }, want: `"../x" is not the hash`, input: true},
		"plain http": {change: func(o *pipeline.DeployOptions) { o.Endpoint = "http://platform.example" },
			want: "would send secrets unencrypted", input: true},
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
				if strings.Contains(err.Error(), hidden) || strings.Contains(a.console.String(), hidden) {
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

// Without a stack, the platform does not know which image its machines are made from.
func TestDeployWithoutStack(t *testing.T) {
	a := newApplication(t)
	a.write(t, "instellar.yml", regexp.MustCompile(`(?m)^stack:.*\n`).ReplaceAllString(instellarYML, ""))
	if _, err := pipeline.Deploy(t.Context(), a.options(a.build(t, "1.0.0")), a.console); err != nil {
		t.Fatal(err)
	}
	if want := "stack: is missing: the platform makes its machines from the image that it names"; !strings.Contains(a.console.String(),
		want) {
		t.Errorf("no warning %q", want)
	}
}

// The platform's validation errors stand on the lines of the keys that they name.
func TestDeployInvalid(t *testing.T) {
	a := newApplication(t)
	packages := a.build(t, "1.0.0")
	for name, body := range map[string]string{
		"tree":     `{"errors":{"payload":{"kits":[{"blueprint":{"name":["has already been taken"]}}],"sizes":["is too long"]}}}`,
		"in data":  `{"data":{"errors":{"kits":[{"blueprint":{"name":["has already been taken"]}}],"sizes":["is too long"]}}}`,
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
				"21 kits[0].blueprint.name: the platform rejects it: has already been taken",
				"28 sizes: the platform rejects it: is too long",
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
