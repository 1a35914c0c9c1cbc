package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/s3utils"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
)

// Config says which bucket, and who asks.
type Config struct {
	Endpoint string // https://HOST[:PORT], or without the scheme; http:// only when given; empty: Amazon
	Region   string // empty: us-east-1; on Amazon the bucket's own, which is asked for
	Bucket   string
	Prefix   string // keys lie below it; slashes at its ends mean nothing
	// Addressing is where requests name the bucket; empty: Auto.
	Addressing Addressing
	// Encryption is asked for each object that is written, and KMSKey names the key of SSEKMS; empty: the bucket's defaults.
	Encryption Encryption
	KMSKey     string
	ACL        string // the canned access control list of each object that is written; empty: the bucket's

	AccessKeyID     string
	SecretAccessKey secret.String
	SessionToken    secret.String
	Role            *Role  // to be taken on instead, with a token; nil: none
	CredentialsFile string // a shared credentials file, where no key and no role is given; need not exist
	Profile         string // its profile; empty: default

	ContainerRole bool   // where there is nothing of the above: the role of this container (ECS, EKS), which its environment names
	Metadata      string // URL of EC2's metadata service, which is asked for the instance's role last; empty: it is not asked
	// Learned is called with each secret that is received, so that it can be masked; may be nil.
	Learned func(secret.String)
	// KeySource names where the access key comes from, for messages: the input access-key-id, AWS_ACCESS_KEY_ID.
	KeySource string
	// Setting returns the name under which the user knows a setting, such as endpoint, for messages; nil: --endpoint.
	Setting func(name string) string

	Transport      http.RoundTripper // nil: with the system's certificate authorities and proxies
	TokenTransport http.RoundTripper // reaches the token service of a role; nil: Transport
}

// setting returns the name under which the user knows a setting.
func (cfg Config) setting(name string) string {
	if cfg.Setting == nil {
		return "--" + name
	}
	return cfg.Setting(name)
}

// Addressing is where requests name the bucket.
type Addressing string

// Auto names the bucket in the host on Amazon and in the path elsewhere; Path and Virtual do as they say.
const (
	Auto    Addressing = "auto"
	Path    Addressing = "path"
	Virtual Addressing = "virtual"
)

const amazon = "s3.amazonaws.com"

// address is where the objects lie.
type address struct {
	endpoint       *url.URL // scheme and host
	region         string
	bucket, prefix string // the prefix is empty or ends in a slash
	addressing     Addressing
}

func (cfg Config) address() (address, error) {
	at := address{region: cfg.Region, bucket: cfg.Bucket, addressing: cfg.Addressing}
	if prefix := strings.Trim(cfg.Prefix, "/"); prefix != "" {
		if err := store.CheckKey(prefix); err != nil {
			return at, &store.Problem{What: fmt.Sprintf("the prefix %q cannot be used", cfg.Prefix), Err: err,
				Hint: "give s3://BUCKET/PREFIX"}
		}
		at.prefix = prefix + "/"
	}
	if at.bucket == "" {
		return at, &store.Problem{What: "no bucket is named", Hint: "give s3://BUCKET or s3://BUCKET/PREFIX"}
	}
	if err := s3utils.CheckValidBucketName(at.bucket); err != nil {
		return at, &store.Problem{What: fmt.Sprintf("%q is not a bucket's name", at.bucket), Err: err,
			Hint: "give s3://BUCKET or s3://BUCKET/PREFIX"}
	}
	raw := cfg.Endpoint
	switch {
	case raw == "" && cfg.Region != "" && cfg.Region != "us-east-1":
		raw = "https://s3." + cfg.Region + ".amazonaws.com"
	case raw == "":
		raw = "https://" + amazon
	case !strings.Contains(raw, "://"):
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err == nil {
		err = plainEndpoint(u)
	}
	if err != nil {
		return at, &store.Problem{What: fmt.Sprintf("the endpoint %q is not an address", redacted(cfg.Endpoint)), Err: err,
			Hint: "give " + cfg.setting("endpoint") + " as https://HOST or https://HOST:PORT, without the bucket"}
	}
	at.endpoint = &url.URL{Scheme: u.Scheme, Host: u.Host}
	if at.region == "" && !at.amazon() {
		at.region = "us-east-1" // what other stores take when they have no regions
	}
	return at, at.checkAddressing(cfg.setting("addressing"))
}

// checkAddressing finds out whether the bucket can stand where it is wanted.
func (a address) checkAddressing(setting string) error {
	switch a.addressing {
	case "", Auto, Path:
		return nil
	case Virtual:
		if net.ParseIP(a.endpoint.Hostname()) == nil {
			return nil
		}
		return &store.Problem{What: fmt.Sprintf("the endpoint %s is an IP address, and has no host names for buckets", a.endpoint),
			Hint: "set " + setting + " to path"}
	}
	return &store.Problem{What: fmt.Sprintf("the addressing %q is not known", a.addressing),
		Hint: "set " + setting + " to auto, path or virtual"}
}

// plainEndpoint says what is too much or too little in an endpoint.
func plainEndpoint(u *url.URL) error {
	switch {
	case u.Scheme != "https" && u.Scheme != "http":
		return fmt.Errorf("its scheme is %q, not https or http", u.Scheme)
	case u.Hostname() == "":
		return errors.New("it has no host")
	case u.User != nil:
		return errors.New("it holds a user name")
	case u.Path != "" && u.Path != "/" || u.RawQuery != "" || u.Fragment != "":
		return errors.New("it goes on after the host")
	}
	return nil
}

// redacted takes what might be a password out of an address that cannot be used.
func redacted(raw string) string {
	if i := strings.LastIndexByte(raw, '@'); i >= 0 {
		return "…" + raw[i:]
	}
	return raw
}

func (a address) amazon() bool {
	host := a.endpoint.Hostname()
	return strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn")
}

// virtualHost reports whether the bucket is a part of the host name. Buckets with dots do not fit certificates, and
// are so only on demand.
func (a address) virtualHost() bool {
	return a.addressing == Virtual || a.addressing != Path && a.amazon() && !strings.Contains(a.bucket, ".")
}

func (a address) lookup() minio.BucketLookupType {
	if a.virtualHost() {
		return minio.BucketLookupDNS
	}
	return minio.BucketLookupPath
}
