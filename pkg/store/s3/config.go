package s3

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
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
	// PathStyle names the bucket in the path also on Amazon, where it is a part of the host name elsewise.
	PathStyle bool

	AccessKeyID     string
	SecretAccessKey secret.String
	SessionToken    secret.String
	CredentialsFile string // a shared credentials file, where no key is given; need not exist
	Profile         string // its profile; empty: default

	Transport http.RoundTripper // nil: with the system's certificate authorities and proxies
}

const amazon = "s3.amazonaws.com"

const credentialsHint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (in the action, the inputs access-key-id and " +
	"secret-access-key), or name a profile of the shared credentials file with AWS_PROFILE"

// address is where the objects lie.
type address struct {
	endpoint       *url.URL // scheme and host
	region         string
	bucket, prefix string // the prefix is empty or ends in a slash
	pathStyle      bool
}

func (cfg Config) address() (address, error) {
	at := address{region: cfg.Region, bucket: cfg.Bucket, pathStyle: cfg.PathStyle}
	if prefix := strings.Trim(cfg.Prefix, "/"); prefix != "" {
		if err := store.CheckKey(prefix); err != nil {
			return at, &store.Problem{What: fmt.Sprintf("the prefix %q cannot be used", cfg.Prefix), Err: err, Hint: "give s3://BUCKET/PREFIX"}
		}
		at.prefix = prefix + "/"
	}
	if at.bucket == "" {
		return at, &store.Problem{What: "no bucket is named", Hint: "give s3://BUCKET or s3://BUCKET/PREFIX"}
	}
	if err := s3utils.CheckValidBucketName(at.bucket); err != nil {
		return at, &store.Problem{What: fmt.Sprintf("%q is not a bucket's name", at.bucket), Err: err, Hint: "give s3://BUCKET or s3://BUCKET/PREFIX"}
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
			Hint: "give --endpoint as https://HOST or https://HOST:PORT, without the bucket"}
	}
	at.endpoint = &url.URL{Scheme: u.Scheme, Host: u.Host}
	if at.region == "" && !at.amazon() {
		at.region = "us-east-1" // what other stores take when they have no regions
	}
	return at, nil
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

// virtualHost tells whether the bucket is a part of the host name. Buckets with dots do not fit certificates.
func (a address) virtualHost() bool {
	return a.amazon() && !a.pathStyle && !strings.Contains(a.bucket, ".") && net.ParseIP(a.endpoint.Hostname()) == nil
}

func (a address) lookup() minio.BucketLookupType {
	if a.virtualHost() {
		return minio.BucketLookupDNS
	}
	return minio.BucketLookupPath
}

// credentials are the given ones, else those of the file; nil: none, reads are anonymous.
func (cfg Config) credentials() (*credentials.Credentials, error) {
	switch {
	case cfg.AccessKeyID != "" && !cfg.SecretAccessKey.Empty():
		return credentials.NewStaticV4(cfg.AccessKeyID, cfg.SecretAccessKey.Reveal(), cfg.SessionToken.Reveal()), nil
	case cfg.AccessKeyID != "":
		return nil, &store.Problem{What: "an access key id is given, and no secret access key", Hint: "set --secret-access-key or AWS_SECRET_ACCESS_KEY"}
	case !cfg.SecretAccessKey.Empty():
		return nil, &store.Problem{What: "a secret access key is given, and no access key id", Hint: "set AWS_ACCESS_KEY_ID or the input access-key-id"}
	case cfg.CredentialsFile == "":
		return nil, nil
	}
	if _, err := os.Stat(cfg.CredentialsFile); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	profile := cfg.Profile
	if profile == "" {
		profile = "default"
	}
	creds := credentials.NewFileAWSCredentials(filepath.Clean(cfg.CredentialsFile), profile)
	if v, err := creds.GetWithContext(nil); err != nil || v.AccessKeyID == "" {
		if err == nil {
			err = errors.New("it holds no access key")
		}
		return nil, &store.Problem{What: fmt.Sprintf("cannot use profile %q of %s", profile, cfg.CredentialsFile), Err: err, Hint: credentialsHint}
	}
	return creds, nil
}
