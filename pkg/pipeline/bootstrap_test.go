package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

const originalYML = "stack: alpine/3.24\nbuild:\n  command: echo blog >file\n  destinations:\n    - file\nrun:\n  name: blog\n"

func bootstrapOptions(t *testing.T) pipeline.BootstrapOptions {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "instellar.yml"), []byte(originalYML), 0o644); err != nil {
		t.Fatal(err)
	}
	o := pipeline.BootstrapOptions{Repository: "Acme/Blog", Home: t.TempDir(), KeysDir: t.TempDir(),
		Key: signing.Key{PEM: secret.New(string(sharedKey(t).PEM()))}}
	o.Dir, o.Getenv, o.Recipe.Version = dir, getenv, "1.0"
	return o
}

// The build directory, abuild's configuration and the trusted key are there, also when it is done once more; the private
// key is nobody else's to read, and no part of the build directory.
func TestBootstrap(t *testing.T) {
	o := bootstrapOptions(t)
	o.PublicKey = string(sharedKey(t).Public().PEM())
	if err := os.WriteFile(filepath.Join(o.Dir, "leaked.rsa"), sharedKey(t).PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		dir, err := pipeline.Bootstrap(t.Context(), o, &silent{})
		if err != nil {
			t.Fatal(err)
		}
		if dir != filepath.Join(o.Dir, ".apk/Acme/Blog") {
			t.Errorf("%s", dir)
		}
		if got := files(t, dir); !slices.Contains(got, "APKBUILD") || !slices.Contains(got, "app/instellar.yml") ||
			slices.Contains(got, "app/leaked.rsa") {
			t.Errorf("%v", got)
		}
		if _, err := os.Stat(filepath.Join(o.Dir, ".apk/acme/Blog/APKBUILD")); err != nil {
			t.Errorf("the path with the owner's slug: %v", err)
		}
	}
	for name, mode := range map[string]os.FileMode{"acme-blog.rsa": 0o600, "acme-blog.rsa.pub": 0o644, "abuild.conf": 0o644} {
		info, err := os.Stat(filepath.Join(o.Home, ".abuild", name))
		if err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	conf, err := os.ReadFile(filepath.Join(o.Home, ".abuild/abuild.conf"))
	if err != nil || !strings.Contains(string(conf), ".abuild/acme-blog.rsa") || !strings.Contains(string(conf), "SOURCE_DATE_EPOCH=") {
		t.Errorf("%s, %v", conf, err)
	}
	trusted, err := os.ReadFile(filepath.Join(o.KeysDir, "acme-blog.rsa.pub"))
	if err != nil || string(trusted) != o.PublicKey {
		t.Errorf("%s, %v", trusted, err)
	}
	o.KeysDir = filepath.Join(o.Home, "absent")
	out := &silent{}
	if _, err := pipeline.Bootstrap(t.Context(), o, out); err != nil ||
		!strings.Contains(out.said.String(), "this machine's apk does not trust the key") {
		t.Errorf("%v\n%s", err, &out.said)
	}
}

// A mistake is an input error, and leaves no configuration.
func TestBootstrapRefused(t *testing.T) {
	other, err := apk.GenerateKey("other.rsa")
	if err != nil {
		t.Fatal(err)
	}
	for want, change := range map[string]func(*pipeline.BootstrapOptions){
		`GITHUB_REPOSITORY is "Acme"`:       func(o *pipeline.BootstrapOptions) { o.Repository = "Acme" },
		`GITHUB_REPOSITORY is "Acme/../.."`: func(o *pipeline.BootstrapOptions) { o.Repository = "Acme/../.." },
		"HOME is empty":                     func(o *pipeline.BootstrapOptions) { o.Home = "" },
		"ABUILD_PRIVATE_KEY is not set":     func(o *pipeline.BootstrapOptions) { o.Key = signing.Key{} },
		"signing key":                       func(o *pipeline.BootstrapOptions) { o.Key.PEM = secret.New("no key") },
		"ABUILD_PUBLIC_KEY: ":               func(o *pipeline.BootstrapOptions) { o.PublicKey = "no key" },
		"does not belong to":                func(o *pipeline.BootstrapOptions) { o.PublicKey = string(other.Public().PEM()) },
		"no such directory":                 func(o *pipeline.BootstrapOptions) { o.Dir = filepath.Join(o.Dir, "absent") },
	} {
		o := bootstrapOptions(t)
		home := o.Home
		change(&o)
		_, err := pipeline.Bootstrap(t.Context(), o, &silent{})
		if err == nil || !strings.Contains(err.Error(), want) || !errors.As(err, new(*usererror.InputError)) {
			t.Errorf("got %v, want %q", err, want)
		}
		if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", want, left, err)
		}
	}
}
