package open_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

const role = "arn:aws:iam::123456789012:role/publisher"

// TestRole takes on roles without any long-lived key: with GitHub's token and with that of a file, at a token service that is as
// strict as Amazon's and at MinIO's own, and uses what they give on the real server.
func TestRole(t *testing.T) {
	t.Parallel()
	issuer := s3test.StartIssuer(t)
	server := s3test.StartMinIOWithIdentity(t, issuer)
	sts := s3test.StartSTS(t, issuer, server, role)
	bucket := server.Bucket(t, "")
	tokenFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(tokenFile, []byte(issuer.Token(s3test.Audience, time.Now().Add(time.Hour))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	configFile := filepath.Join(t.TempDir(), "config")
	text := "[profile ci]\nregion = us-east-1\nendpoint_url = " + server.Endpoint + "\nrole_arn = " + role +
		"\nweb_identity_token_file = " + tokenFile + "\nrole_session_name = from-file\n"
	if err := os.WriteFile(configFile, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	github := issuer.Env()
	for name, c := range map[string]struct {
		cfg     open.Config
		env     map[string]string
		session string // at the strict service; empty: not there
	}{
		"github": {open.Config{RoleARN: role, STSEndpoint: sts.URL, Endpoint: server.Endpoint}, github, "pakman"},
		"github, named": {open.Config{RoleARN: role, Endpoint: server.Endpoint}, with(github,
			"GITHUB_REPOSITORY=acme/hello", "GITHUB_RUN_ID=77", "AWS_ENDPOINT_URL_STS="+sts.URL, "AWS_ACCESS_KEY_ID=not-used",
			"AWS_SECRET_ACCESS_KEY=not-used"), "pakman-acme-hello-77"},
		"file": {open.Config{Endpoint: server.Endpoint, RoleSession: "by-flag"},
			with(nil, "AWS_ROLE_ARN="+role, "AWS_WEB_IDENTITY_TOKEN_FILE="+tokenFile,
				"AWS_ENDPOINT_URL_STS="+sts.URL), "by-flag"},
		"profile":     {open.Config{STSEndpoint: sts.URL}, with(nil, "AWS_CONFIG_FILE="+configFile, "AWS_PROFILE=ci"), "from-file"},
		"MinIO's own": {open.Config{RoleARN: s3test.RoleOfMinIO(), Endpoint: server.Endpoint}, github, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var learned []string
			c.cfg.Getenv = func(name string) string { return c.env[name] }
			c.cfg.CAFile = server.CAFile
			c.cfg.Learned = func(s secret.String) { learned = append(learned, s.Reveal()) }
			before := len(sts.Sessions())
			st, err := open.URL(t.Context(), "s3://"+bucket+"/"+strings.ReplaceAll(name, " ", "-"), c.cfg)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := storetest.Put(st, "k", "v", store.PutOptions{IfAbsent: true}); err != nil {
				t.Fatal(err)
			}
			if text, _ := storetest.Read(t, st, "k"); text != "v" {
				t.Errorf("read %q", text)
			}
			if got := strings.Join(sts.Sessions()[before:], " "); got != c.session {
				t.Errorf("sessions %q, want %q", got, c.session)
			}
			if len(learned) != 3 {
				t.Errorf("%d secrets to mask, not the token, the key and the session token", len(learned))
			}
		})
	}
	t.Run("renewed", func(t *testing.T) { renewed(t, issuer, sts, server, bucket) })
	t.Run("refused", func(t *testing.T) { refused(t, issuer, sts, server, bucket) })
}

func with(env map[string]string, pairs ...string) map[string]string {
	all := map[string]string{}
	maps.Copy(all, env)
	for _, pair := range pairs {
		name, value, _ := strings.Cut(pair, "=")
		all[name] = value
	}
	return all
}

// renewed uses a store for longer than its session lives, while GitHub and the token service stumble.
func renewed(t *testing.T, issuer *s3test.Issuer, sts *s3test.STS, server *s3test.Server, bucket string) {
	t.Helper()
	sts.Live(time.Minute) // which the store thinks over already
	defer sts.Live(time.Hour)
	env := issuer.Env()
	st, err := open.URL(t.Context(), "s3://"+bucket+"/renewed", open.Config{
		RoleARN: role, STSEndpoint: sts.URL, Endpoint: server.Endpoint, CAFile: server.CAFile, Getenv: func(name string) string {
			return env[name]
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	before := len(issuer.Tokens())
	issuer.Fail(503, 500)
	sts.Fail("ServiceUnavailable", "IDPCommunicationError")
	if _, err := storetest.Put(st, "k", "v", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	if got := len(issuer.Tokens()) - before; got < 3 {
		t.Errorf("%d new tokens", got)
	}
}

func refused(t *testing.T, issuer *s3test.Issuer, sts *s3test.STS, server *s3test.Server, bucket string) {
	t.Helper()
	env := issuer.Env()
	expired := filepath.Join(t.TempDir(), "expired")
	if err := os.WriteFile(expired, []byte(issuer.Token(s3test.Audience, time.Now().Add(-time.Hour))), 0o600); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign")
	if err := os.WriteFile(foreign, []byte(s3test.StartIssuer(t).Token(s3test.Audience, time.Now().Add(time.Hour))), 0o600); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "config")
	if err := os.WriteFile(config, []byte("[default]\nrole_arn = "+role+"\nsource_profile = other\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		role string
		env  map[string]string
		fail func()
		want []string
	}{
		"other role":     {role + "s", env, nil, []string{"may not take on the role", "trust policy", issuer.Subject, s3test.Audience}},
		"foreign issuer": {role, with(nil, "AWS_WEB_IDENTITY_TOKEN_FILE="+foreign), nil, []string{"identity provider"}},
		"expired":        {role, with(nil, "AWS_WEB_IDENTITY_TOKEN_FILE="+expired), nil, []string{"has expired"}},
		"no file":        {role, with(nil, "AWS_WEB_IDENTITY_TOKEN_FILE=/nowhere"), nil, []string{"/nowhere"}},
		"no permission":  {role, nil, nil, []string{"no identity token", "id-token: write"}},
		"GitHub's no":    {role, env, func() { issuer.Fail(403) }, []string{"GitHub answered 403", "id-token: write"}},
		"no ARN":         {"publisher", env, nil, []string{`"publisher" is not the ARN`}},
		"session":        {role, with(env, "AWS_ROLE_SESSION_NAME=a b"), nil, []string{"--role-session-name"}},
		"file alone":     {"", with(nil, "AWS_WEB_IDENTITY_TOKEN_FILE="+expired), nil, []string{"set AWS_ROLE_ARN"}},
		"other profile":  {"", with(nil, "AWS_CONFIG_FILE="+config), nil, []string{"export-credentials"}},
		"no service":     {role, with(env, "AWS_ENDPOINT_URL_STS=https://x/y"), nil, []string{"--sts-endpoint"}},
		"another server": {role, with(env, "AWS_ENDPOINT_URL_STS="+issuer.URL), nil, []string{"may not take on", "--sts-endpoint"}},
	} {
		t.Run(name, func(t *testing.T) {
			if c.fail != nil {
				c.fail()
			}
			variables := with(map[string]string{"AWS_ENDPOINT_URL_STS": sts.URL}, pairs(c.env)...)
			_, err := open.URL(context.Background(), "s3://"+bucket, open.Config{
				RoleARN: c.role, Endpoint: server.Endpoint, CAFile: server.CAFile, Getenv: func(name string) string {
					return variables[name]
				},
			})
			if _, ok := errors.AsType[*store.Problem](err); !ok {
				t.Fatalf("no Problem: %v", err)
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not say %q", err, want)
				}
			}
			for _, token := range append(issuer.Tokens(), issuer.Request) {
				if strings.Contains(err.Error(), token) {
					t.Errorf("a token is shown: %v", err)
				}
			}
		})
	}
}

func pairs(env map[string]string) []string {
	var all []string
	for name, value := range env {
		all = append(all, name+"="+value)
	}
	return all
}
