package s3_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
)

func TestURL(t *testing.T) {
	for _, c := range []struct {
		cfg  s3.Config
		want string
	}{
		{s3.Config{Bucket: "acme"}, "https://acme.s3.amazonaws.com/k/a%20b"},
		{s3.Config{Bucket: "acme", Region: "eu-west-1", Prefix: "/p/q/"}, "https://acme.s3.eu-west-1.amazonaws.com/p/q/k/a%20b"},
		{s3.Config{Bucket: "acme.org"}, "https://s3.amazonaws.com/acme.org/k/a%20b"},
		{s3.Config{Bucket: "acme", Endpoint: "s3.example.com"}, "https://s3.example.com/acme/k/a%20b"},
		{s3.Config{Bucket: "acme", Endpoint: "http://10.0.0.1:9000/"}, "http://10.0.0.1:9000/acme/k/a%20b"},
		{s3.Config{Bucket: "acme", Endpoint: "https://x.r2.cloudflarestorage.com", Prefix: "apk"},
			"https://x.r2.cloudflarestorage.com/acme/apk/k/a%20b"},
	} {
		st, err := s3.New(c.cfg)
		if err != nil {
			t.Errorf("%+v: %v", c.cfg, err)
			continue
		}
		if got := st.URL("k/a b"); got != c.want {
			t.Errorf("%s, want %s", got, c.want)
		}
		var problem *store.Problem
		if err := st.Writable(); !errors.As(err, &problem) {
			t.Errorf("writable without credentials: %v", err)
		}
	}
}

func TestConfigProblems(t *testing.T) {
	file := filepath.Join(t.TempDir(), "credentials")
	text := "[default]\naws_access_key_id = id\naws_secret_access_key = key\n[half]\naws_access_key_id = id\n[none]\nregion = x\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		cfg  s3.Config
		want string
	}{
		{s3.Config{}, "no bucket is named"},
		{s3.Config{Bucket: "a_b/"}, "not a bucket's name"},
		{s3.Config{Bucket: "ab"}, "not a bucket's name"},
		{s3.Config{Bucket: "abc", Prefix: "a/../b"}, "prefix"},
		{s3.Config{Bucket: "abc", Endpoint: "ftp://x"}, `scheme is "ftp"`},
		{s3.Config{Bucket: "abc", Endpoint: "https://"}, "no host"},
		{s3.Config{Bucket: "abc", Endpoint: "https://x/abc"}, "after the host"},
		{s3.Config{Bucket: "abc", Endpoint: "https://u:p4ss@x"}, "user name"},
		{s3.Config{Bucket: "abc", Endpoint: "https://a b"}, "not an address"},
		{s3.Config{Bucket: "abc", AccessKeyID: "x"}, "no secret access key"},
		{s3.Config{Bucket: "abc", SecretAccessKey: secret.New("x")}, "no access key id"},
		{s3.Config{Bucket: "abc", CredentialsFile: file, Profile: "other"}, `profile "other"`},
		{s3.Config{Bucket: "abc", CredentialsFile: file, Profile: "half"}, "partial"},
		{s3.Config{Bucket: "abc", CredentialsFile: file, Profile: "none"}, "no access key"},
	} {
		_, err := s3.New(c.cfg)
		var problem *store.Problem
		if !errors.As(err, &problem) || !strings.Contains(err.Error(), c.want) || problem.Hint == "" {
			t.Errorf("%+v: %v, want %q", c.cfg, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "p4ss") {
			t.Errorf("a password is shown: %v", err)
		}
	}
	for file, signed := range map[string]bool{file: true, file + "-missing": false} {
		st, err := s3.New(s3.Config{Bucket: "abc", CredentialsFile: file})
		if err != nil || (st.Writable() == nil) != signed {
			t.Errorf("%s: %v", file, err)
		}
	}
}
