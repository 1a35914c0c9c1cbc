package open

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/store"
)

// endpointHosts are the hosts of S3 servers that also answer as BUCKET.HOST.
const endpointHosts = `s3(?:-fips)?(?:[.-](?:dualstack\.)?[a-z0-9-]+)?\.amazonaws\.com(?:\.cn)?` +
	`|s3-website[.-][a-z0-9-]+\.amazonaws\.com(?:\.cn)?` +
	`|[a-z0-9]+(?:\.(?:eu|fedramp))?\.r2\.cloudflarestorage\.com` +
	`|[a-z]{3}[0-9](?:\.cdn)?\.digitaloceanspaces\.com` +
	`|[a-z]{3}[0-9]\.your-objectstorage\.com` +
	`|s3\.[a-z0-9-]+\.backblazeb2\.com` +
	`|s3(?:\.[a-z0-9-]+)?\.wasabisys\.com` +
	`|s3\.[a-z0-9-]+\.scw\.cloud` +
	`|s3\.[a-z0-9-]+(?:\.(?:io|perf))?\.cloud\.ovh\.(?:net|us)` +
	`|[a-z0-9-]+\.(?:linodeobjects|vultrobjects)\.com` +
	`|sos-[a-z0-9-]+\.exo\.io` +
	`|storage\.googleapis\.com`

// checkEndpoint refuses an endpoint that names a bucket, in its host or after it.
func (cfg Config) checkEndpoint(endpoint, bucket, prefix string) error {
	raw := endpoint
	if raw != "" && !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if err != nil || u.User != nil || u.Hostname() == "" {
		return nil // package s3 says what is wrong
	}
	named, host := "", ""
	if known := knownHost.FindStringSubmatch(strings.ToLower(u.Hostname())); known != nil && known[1] != "" {
		named, host = known[1], known[2]
		if endpoint := canonical(host); endpoint != "" {
			host = strings.TrimPrefix(endpoint, "https://")
		}
	} else if path := strings.Trim(u.Path, "/"); path != "" {
		named, host = path, u.Host
	}
	if named == "" {
		return nil
	}
	at := bucketAddress{bucket: bucket, prefix: prefix}
	if first, _, _ := strings.Cut(named, "/"); first != bucket { // the bucket is in the endpoint, and only a prefix is given
		at = bucketAddress{bucket: named, prefix: bucket + "/" + prefix}
	}
	return &store.Problem{What: fmt.Sprintf("the endpoint %s names the bucket itself", endpoint),
		Hint: fmt.Sprintf("set %s to %s://%s and write %s", cfg.setting("endpoint"), u.Scheme, host, at.s3())}
}

// suspectEndpoint adds to a refusal that the endpoint may name the bucket itself, which only the answer of an unknown host shows:
// packages.example.com may well be a server with a bucket named packages.
func (cfg Config) suspectEndpoint(raw, endpoint string, err error) error {
	if err == nil {
		return nil
	}
	bucket, prefix, _ := strings.Cut(strings.TrimPrefix(raw[len("s3:"):], "//"), "/")
	u, parseErr := url.Parse(endpoint)
	if parseErr != nil || !strings.HasPrefix(u.Host, bucket+".") {
		return err
	}
	var answer minio.ErrorResponse
	if !errors.Is(err, store.ErrNotFound) && (!errors.As(err, &answer) || answer.Code != "NoSuchBucket" && answer.Code != "AccessDenied") {
		return err
	}
	return &store.Problem{What: fmt.Sprintf("the endpoint %s seems to name the bucket itself", endpoint), Err: err,
		Hint: fmt.Sprintf("set %s to %s://%s and write %s", cfg.setting("endpoint"), u.Scheme, strings.TrimPrefix(u.Host, bucket+"."),
			bucketAddress{bucket: bucket, prefix: prefix}.s3())}
}
