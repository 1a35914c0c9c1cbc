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
	"time"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/dir"
	"github.com/pakman/build/pkg/store/web"
)

// Config is what the address alone does not say. Most of it concerns S3 only.
type Config struct {
	Endpoint        string // empty: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, the profile's, else Amazon
	Region          string // empty: AWS_REGION, AWS_DEFAULT_REGION, the profile's
	Addressing      string // auto, path or virtual; empty: auto
	AccessKeyID     string // empty: AWS_ACCESS_KEY_ID and its companions, else a role, else the shared credentials file
	SecretAccessKey secret.String
	SessionToken    secret.String
	RoleARN         string // a role to take on with a web identity token, see role; empty: AWS_ROLE_ARN, the profile's
	RoleSession     string // empty: AWS_ROLE_SESSION_NAME, else a name made of the workflow's run
	STSEndpoint     string // empty: AWS_ENDPOINT_URL_STS, else Amazon's, or the endpoint of a store of others
	SSE             string // AES256 or aws:kms, for what is written; empty: the bucket's default
	SSEKMSKey       string // with aws:kms; empty: the store's own
	ACL             string // the canned access control list of what is written; empty: the bucket's default
	CAFile          string // PEM file of certificate authorities, beside the system's; empty: AWS_CA_BUNDLE
	// Timeout is the connect and idle timeout; 0: one minute.
	Timeout   time.Duration
	ReadOnly  bool                // credentials are not needed
	Anonymous bool                // none are used, even where there are some
	Getenv    func(string) string // the environment; nil: empty
	Learned   func(secret.String) // called with each secret that is obtained, so that it can be masked; may be nil
	Transport http.RoundTripper   // nil: one that the rest describes
	// Watch returns a transport that makes the requests through another, and looks at them; nil: none does.
	Watch func(http.RoundTripper) http.RoundTripper
	// Setting returns the name under which the user knows a setting, such as endpoint, for messages; nil: --endpoint.
	Setting func(name string) string
	// Temporary reports that this machine's directories are gone after the run, unless the user saves them.
	Temporary bool
}

const allowed = "give s3://BUCKET/PREFIX, a directory, or file:///DIRECTORY"

// URL returns the store that raw names, after checking that it exists and permits access. What the user can fix is a
// *store.Problem.
func URL(ctx context.Context, raw string, cfg Config) (store.Store, error) {
	st, err := parse(raw, cfg)
	if err != nil {
		return nil, err
	}
	if err = st.Check(ctx); err != nil {
		return nil, err
	}
	return st, nil
}

// IsS3 reports whether raw is the address of an S3 bucket.
func IsS3(raw string) bool { return hasScheme(raw, "s3") }

// Directory returns the directory that raw names, or "" if it names none.
func Directory(raw string) string {
	switch {
	case hasScheme(raw, "file"):
		u, err := url.Parse(raw)
		if err != nil {
			return ""
		}
		return u.Path
	case IsS3(raw), strings.Contains(raw, "://"):
		return ""
	}
	return raw
}

func hasScheme(raw, want string) bool {
	scheme, _, found := strings.Cut(raw, ":")
	return found && strings.EqualFold(scheme, want)
}

func parse(raw string, cfg Config) (store.Store, error) {
	if cfg.Getenv == nil {
		cfg.Getenv = func(string) string { return "" }
	}
	scheme, _, found := strings.Cut(raw, ":")
	switch {
	case raw == "":
		return nil, &store.Problem{What: "the address of the bucket is empty", Hint: allowed}
	case IsS3(raw):
		return bucket(raw, cfg)
	case hasScheme(raw, "file"):
		u, err := url.Parse(raw)
		if err != nil || u.Host != "" && u.Host != "localhost" || !filepath.IsAbs(u.Path) {
			return nil, &store.Problem{What: fmt.Sprintf("%q names no absolute directory on this machine", raw), Hint: allowed}
		}
		return directory(u.Path, cfg)
	case found && (scheme == "https" || scheme == "http") && cfg.ReadOnly:
		transport, err := cfg.transport(false)
		if err != nil {
			return nil, err
		}
		return web.New(raw, transport)
	}
	if p := cfg.foreign(raw); p != nil {
		return nil, p
	}
	if p := cfg.directoryOrBucket(raw); p != nil {
		return nil, p
	}
	return directory(raw, cfg)
}

// setting returns the name under which the user knows a setting.
func (cfg Config) setting(name string) string {
	if cfg.Setting == nil {
		return "--" + name
	}
	return cfg.Setting(name)
}

func directory(path string, cfg Config) (store.Store, error) {
	if cfg.ReadOnly {
		return dir.NewReader(path)
	}
	return dir.New(path)
}
