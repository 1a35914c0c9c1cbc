package open_test

import (
	"context"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

func TestDirectory(t *testing.T) {
	root := t.TempDir()
	for _, raw := range []string{root, "file://" + root, "file:" + root, "FILE://localhost" + root} {
		st, err := open.URL(context.Background(), raw, open.Config{})
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got, want := st.URL("k"), "file://"+root+"/k"; got != want {
			t.Errorf("%s: %s, want %s", raw, got, want)
		}
	}
}

func TestBucket(t *testing.T) {
	fake := s3test.StartFake(t)
	var seen string
	fake.Inject(func(r *http.Request) *s3test.Fault {
		seen = r.Header.Get("Authorization") + " " + r.Header.Get("X-Amz-Security-Token")
		return nil
	})
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".aws"), 0o700); err != nil {
		t.Fatal(err)
	}
	text := "[default]\naws_access_key_id = HOMEID\naws_secret_access_key = k\n[ci]\naws_access_key_id = CIID\naws_secret_access_key = k\n"
	if err := os.WriteFile(filepath.Join(home, ".aws", "credentials"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for _, p := range pairs {
				if n, v, _ := strings.Cut(p, "="); n == name {
					return v
				}
			}
			return ""
		}
	}
	for name, c := range map[string]struct {
		cfg  open.Config
		want []string
	}{
		"given": {open.Config{Endpoint: fake.Endpoint, Region: "r-1", AccessKeyID: "ID", SecretAccessKey: secret.New("k"),
			SessionToken: secret.New("tok"),
			Getenv:       env("AWS_ACCESS_KEY_ID=no", "AWS_REGION=no", "AWS_ENDPOINT_URL=http://no")}, []string{"=ID/", "/r-1/", " tok"}},
		"given, and in the environment": {open.Config{Endpoint: fake.Endpoint, AccessKeyID: "ASIAX", SecretAccessKey: secret.New("k"),
			Getenv: env("AWS_ACCESS_KEY_ID=ASIAX", "AWS_SECRET_ACCESS_KEY=k", "AWS_SESSION_TOKEN=theirs")}, []string{"=ASIAX/", " theirs"}},
		"given, another in the environment": {open.Config{Endpoint: fake.Endpoint, AccessKeyID: "ID", SecretAccessKey: secret.New("k"),
			Getenv: env("AWS_ACCESS_KEY_ID=ASIAX", "AWS_SECRET_ACCESS_KEY=k", "AWS_SESSION_TOKEN=theirs")},
			[]string{"=ID/", "aws4_request", "AWS4"}},
		"environment": {open.Config{Getenv: env("AWS_ENDPOINT_URL_S3="+fake.Endpoint, "AWS_DEFAULT_REGION=r-2", "HOME="+home,
			"AWS_ACCESS_KEY_ID=ENVID", "AWS_SECRET_ACCESS_KEY=k", "AWS_SESSION_TOKEN=t2")}, []string{"=ENVID/", "/r-2/", " t2"}},
		"file": {open.Config{Endpoint: fake.Endpoint, Getenv: env("HOME=" + home)}, []string{"=HOMEID/", "/us-east-1/"}},
		"profile": {open.Config{Endpoint: fake.Endpoint, Getenv: env("AWS_PROFILE=ci",
			"AWS_SHARED_CREDENTIALS_FILE="+home+"/.aws/credentials")}, []string{"=CIID/"}},
		"none": {open.Config{Endpoint: fake.Endpoint, ReadOnly: true}, []string{" "}},
	} {
		st, err := open.URL(context.Background(), "s3://bucket/some/prefix", c.cfg)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, want := st.URL("k"), fake.Endpoint+"/bucket/some/prefix/k"; got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		for _, want := range c.want {
			if !strings.Contains(seen, want) {
				t.Errorf("%s: the request says %q, not %q", name, seen, want)
			}
		}
	}
}

func TestProblems(t *testing.T) {
	fake := s3test.StartFake(t)
	signed := open.Config{Endpoint: fake.Endpoint, AccessKeyID: "ID", SecretAccessKey: secret.New("k")}
	for _, c := range []struct {
		raw  string
		cfg  open.Config
		want string
	}{
		{"", signed, "is empty"},
		{"s3:bucket", signed, "names no bucket"},
		{"s3:///prefix", signed, "names no bucket"},
		{"s3://id:p4ss@bucket/x", signed, "more than its name"},
		{"https://bucket.s3.amazonaws.com/x", signed, "write s3://bucket/x"},
		{"file://elsewhere/x", signed, "no absolute directory"},
		{"file:relative", signed, "no absolute directory"},
		{"s3://bucket", open.Config{Endpoint: fake.Endpoint}, "no credentials"},
		{"s3://bucket", open.Config{Endpoint: fake.Endpoint, AccessKeyID: "ASIAX", SecretAccessKey: secret.New("k")},
			"no session token is given"},
		{"s3://bucket", open.Config{Endpoint: fake.Endpoint, Getenv: func(name string) string {
			return map[string]string{"AWS_ACCESS_KEY_ID": "ASIAX", "AWS_SECRET_ACCESS_KEY": "k"}[name]
		}}, "as AWS_SESSION_TOKEN"},
		{"s3://missing", signed, `"missing" does not exist`},
		{"s3://bucket", open.Config{Endpoint: "ftp://x"}, "not an address"},
		{"/dev/null/x", signed, "below a file"},
	} {
		st, err := open.URL(context.Background(), c.raw, c.cfg)
		var problem *store.Problem
		if st != nil || !errors.As(err, &problem) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: %v, want %q", c.raw, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "p4ss") {
			t.Errorf("a password is shown: %v", err)
		}
	}
}

// The directory that an address names is known without opening it.
func TestDirectoryOf(t *testing.T) {
	for raw, want := range map[string]string{
		"": "", "bucket": "bucket", "./bucket": "./bucket", "/srv/apk": "/srv/apk", "file:///srv/apk": "/srv/apk",
		"FILE://localhost/srv/apk": "/srv/apk", "file:/srv/apk": "/srv/apk", "file:///srv/my%20apk": "/srv/my apk", "s3:bucket": "",
		"s3://bucket/prefix": "", "https://example.org/apk": "",
	} {
		if got := open.Directory(raw); got != want {
			t.Errorf("%q: %q, want %q", raw, got, want)
		}
	}
}
