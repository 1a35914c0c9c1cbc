package open

import (
	"fmt"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/store"
)

var (
	// knownHost splits the host of a bucket at a known provider into the bucket, which may be missing, and the endpoint.
	knownHost = regexp.MustCompile(`^(?:(.+?)\.)??(` + endpointHosts + `)$`)
	// consolePath is the path of a bucket's page in the consoles of AWS, Cloudflare and Google.
	consolePath = regexp.MustCompile(`/(?:s3/(?:buckets|object|upload)|r2/[^/]+/buckets|storage/browser)/([^/?;]+)(?:;.*)?(?:/.*)?$`)
)

// bucketAddress is a bucket as users should write it.
type bucketAddress struct {
	bucket, prefix string
	endpoint       string // empty: the user's, or AWS
}

// s3 returns the right form for the setting that names the bucket.
func (a bucketAddress) s3() string {
	if prefix := strings.Trim(a.prefix, "/"); prefix != "" {
		return "s3://" + a.bucket + "/" + prefix
	}
	return "s3://" + a.bucket
}

// hint returns what to write, with the endpoint where the user has not given the same one.
func (a bucketAddress) hint(cfg Config) string {
	if a.endpoint == "" || a.endpoint == strings.TrimRight(cfg.Endpoint, "/") {
		return "write " + a.s3()
	}
	return fmt.Sprintf("write %s and set %s to %s", a.s3(), cfg.setting("endpoint"), a.endpoint)
}

// foreign returns what is wrong with an address that other programs take for a bucket; nil if it is none of them.
func (cfg Config) foreign(raw string) *store.Problem {
	scheme, rest, found := strings.Cut(raw, ":")
	if !found {
		return nil
	}
	rest, slashes := strings.CutPrefix(rest, "//")
	name, prefix, _ := strings.Cut(rest, "/")
	at := bucketAddress{bucket: name, prefix: prefix}
	what := fmt.Sprintf("%s:// is not a kind of bucket that PAKman knows", scheme)
	switch strings.ToLower(scheme) {
	case "arn":
		return cfg.arn(raw)
	case "http", "https":
		return cfg.bucketURL(raw)
	case "s3a", "s3n", "r2", "b2", "minio", "spaces":
	case "gs":
		at.endpoint = "https://storage.googleapis.com"
	default:
		if !slashes {
			return nil // a directory may have a colon in its name
		}
		return &store.Problem{What: what, Hint: allowed + cfg.furtherKinds()}
	}
	if !slashes || name == "" {
		return &store.Problem{What: fmt.Sprintf("%q does not name a bucket", raw), Hint: allowed}
	}
	return &store.Problem{What: what, Hint: at.hint(cfg)}
}

// furtherKinds names the further forms of a bucket that the caller accepts.
func (cfg Config) furtherKinds() string {
	if cfg.ReadOnly {
		return ", or, for a web server, https://HOST/PATH"
	}
	return "; the server of an S3-compatible store goes into " + cfg.setting("endpoint")
}

// arn explains that the ARN of a bucket is not its address.
func (cfg Config) arn(raw string) *store.Problem {
	p := &store.Problem{What: fmt.Sprintf("%q is an ARN, not the address of a bucket", raw), Hint: allowed}
	fields := strings.SplitN(raw, ":", 6) // arn:PARTITION:s3:REGION:ACCOUNT:RESOURCE
	if len(fields) < 6 || fields[2] != "s3" {
		return p
	}
	name, prefix, _ := strings.Cut(fields[5], "/")
	switch {
	case name == "accesspoint":
		p.Hint = "write s3://ALIAS with the alias of the access point, which the console of S3 shows"
	case name != "":
		p.Hint = "write " + bucketAddress{bucket: name, prefix: strings.TrimRight(prefix, "*/")}.s3()
	}
	return p
}

// bucketURL explains that the URL of a bucket, or of its page in a console, is not its address.
func (cfg Config) bucketURL(raw string) *store.Problem {
	u, err := url.Parse(raw)
	if err != nil || u.Hostname() == "" {
		return &store.Problem{What: "the address of the bucket is not a URL that can be read", Hint: allowed}
	}
	u.User = nil // what might be a password is not shown
	p := &store.Problem{What: fmt.Sprintf("%s://%s%s is the URL of a web server, not the address of a bucket", u.Scheme, u.Host, u.Path)}
	host := strings.ToLower(u.Hostname())
	name, prefix, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	at := bucketAddress{bucket: name, prefix: prefix, endpoint: u.Scheme + "://" + u.Host}
	console := consolePath.FindStringSubmatch(u.Path)
	known := knownHost.FindStringSubmatch(host)
	switch {
	case console != nil:
		at = bucketAddress{bucket: console[1], prefix: u.Query().Get("prefix")}
	case strings.HasSuffix(host, ".r2.dev"):
		p.Hint = "write s3://BUCKET and set " + cfg.setting("endpoint") + " to the S3 API that the bucket's settings show: " +
			"r2.dev only serves files to readers"
		return p
	case known != nil && known[1] != "":
		at = bucketAddress{bucket: known[1], prefix: u.Path, endpoint: canonical(known[2])}
	case known != nil:
		at.endpoint = canonical(known[2])
	}
	if at.bucket == "" {
		p.Hint = fmt.Sprintf("write s3://BUCKET and set %s to %s", cfg.setting("endpoint"), at.endpoint)
		return p
	}
	p.Hint = at.hint(cfg)
	return p
}

// canonical returns the endpoint of a known host; that of AWS follows from the region, and is empty.
func canonical(host string) string {
	if strings.HasSuffix(host, ".amazonaws.com") || strings.HasSuffix(host, ".amazonaws.com.cn") {
		return ""
	}
	return "https://" + strings.Replace(host, ".cdn.digitaloceanspaces.", ".digitaloceanspaces.", 1)
}

// directoryOrBucket refuses a directory that is probably the name of a bucket: the user gives settings of S3, or the run's
// machine does not outlive it.
func (cfg Config) directoryOrBucket(raw string) *store.Problem {
	if strings.HasPrefix(raw, "/") || strings.HasPrefix(raw, ".") || raw == "" {
		return nil
	}
	given := cfg.Endpoint != "" || cfg.Region != "" || cfg.RoleARN != "" || cfg.AccessKeyID != "" || !cfg.SecretAccessKey.Empty() ||
		!cfg.SessionToken.Empty()
	_, err := os.Stat(raw)
	surroundings := err != nil && (cfg.Getenv("AWS_ACCESS_KEY_ID") != "" || cfg.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "")
	bare := cfg.Temporary && !strings.ContainsAny(raw, "/.")
	if !given && !surroundings && !bare {
		return nil
	}
	name, prefix, _ := strings.Cut(raw, "/")
	return &store.Problem{What: fmt.Sprintf("%q would be a directory", raw),
		Hint: fmt.Sprintf("write %s for a bucket, or ./%s for a directory", bucketAddress{bucket: name, prefix: prefix}.s3(), raw)}
}
