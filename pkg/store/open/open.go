// Package open makes a store of what a user writes for it: s3://bucket/prefix, a directory,
// file:///directory, or, for reading, the https:// URL of a web server.
package open

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/s3"
	"github.com/pakman/build/pkg/store/web"
)

// Config is what the address alone does not say. It concerns S3 only.
type Config struct {
	Endpoint        string // empty: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, else Amazon
	Region          string // empty: AWS_REGION, AWS_DEFAULT_REGION
	AccessKeyID     string // empty: AWS_ACCESS_KEY_ID and its companions, else the shared credentials file
	SecretAccessKey secret.String
	SessionToken    secret.String
	ReadOnly        bool                // credentials are not needed
	Getenv          func(string) string // the environment; nil: empty
	Transport       http.RoundTripper   // nil: the usual one
}

const allowed = "give s3://BUCKET/PREFIX, a directory, or file:///DIRECTORY"

// URL gives the store that raw means, after seeing that it is there and lets us in. What the user can
// mend is a *store.Problem.
func URL(ctx context.Context, raw string, cfg Config) (store.Store, error) {
	st, err := parse(raw, cfg)
	if err != nil {
		return nil, err
	}
	if err := st.Check(ctx); err != nil {
		return nil, err
	}
	return st, nil
}

func parse(raw string, cfg Config) (store.Store, error) {
	scheme, rest, found := strings.Cut(raw, ":")
	switch {
	case raw == "":
		return nil, &store.Problem{What: "the address of the bucket is empty", Hint: allowed}
	case found && strings.EqualFold(scheme, "s3"):
		return bucket(raw, cfg)
	case found && strings.EqualFold(scheme, "file"):
		u, err := url.Parse(raw)
		if err != nil || u.Host != "" && u.Host != "localhost" || !filepath.IsAbs(u.Path) {
			return nil, &store.Problem{What: fmt.Sprintf("%q names no absolute directory on this machine", raw), Hint: allowed}
		}
		return dir.New(u.Path)
	case found && (scheme == "https" || scheme == "http") && cfg.ReadOnly:
		return web.New(raw, cfg.Transport)
	case found && strings.HasPrefix(rest, "//"):
		hint := allowed + "; the server of an S3-compatible store goes into --endpoint"
		if cfg.ReadOnly {
			hint = allowed + ", or, for a web server, https://HOST/PATH"
		}
		return nil, &store.Problem{What: fmt.Sprintf("%s:// is no kind of bucket that is known here", scheme), Hint: hint}
	}
	return dir.New(raw)
}

// bucket reads s3://bucket/prefix by hand: a prefix may hold characters that mean something in a URL.
func bucket(raw string, cfg Config) (store.Store, error) {
	rest, found := strings.CutPrefix(raw[len("s3:"):], "//")
	name, prefix, _ := strings.Cut(rest, "/")
	switch {
	case !found || name == "":
		return nil, &store.Problem{What: fmt.Sprintf("%q names no bucket", raw), Hint: allowed}
	case strings.ContainsAny(name, "@:"):
		return nil, &store.Problem{What: "the address of the bucket holds more than its name before the prefix",
			Hint: "give s3://BUCKET/PREFIX, the server in --endpoint, and the keys apart from it"}
	}
	c := s3.Config{
		Endpoint: cfg.env(cfg.Endpoint, "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"),
		Region:   cfg.env(cfg.Region, "AWS_REGION", "AWS_DEFAULT_REGION"),
		Bucket:   name, Prefix: prefix, Transport: cfg.Transport,
		AccessKeyID: cfg.AccessKeyID, SecretAccessKey: cfg.SecretAccessKey, SessionToken: cfg.SessionToken,
	}
	if c.AccessKeyID == "" && c.SecretAccessKey.Empty() {
		c.AccessKeyID = cfg.env("", "AWS_ACCESS_KEY_ID")
		c.SecretAccessKey = secret.New(cfg.env("", "AWS_SECRET_ACCESS_KEY"))
		c.SessionToken = secret.New(cfg.env("", "AWS_SESSION_TOKEN"))
	}
	c.CredentialsFile = cfg.env("", "AWS_SHARED_CREDENTIALS_FILE")
	if home := cfg.env("", "HOME"); home != "" && c.CredentialsFile == "" {
		c.CredentialsFile = filepath.Join(home, ".aws", "credentials")
	}
	c.Profile = cfg.env("", "AWS_PROFILE")
	st, err := s3.New(c)
	if err == nil && !cfg.ReadOnly {
		err = st.Writable()
	}
	if err != nil {
		return nil, err
	}
	return st, nil
}

// env is value, or the first of the variables that is set.
func (cfg Config) env(value string, names ...string) string {
	for _, name := range names {
		if value == "" && cfg.Getenv != nil {
			value = cfg.Getenv(name)
		}
	}
	return value
}
