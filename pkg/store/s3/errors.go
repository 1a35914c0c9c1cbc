package s3

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// explain turns an error of the client into one of package store. The operation ("read") and the
// key, which may be empty, say what was asked.
func (s *Store) explain(operation, key string, err error) error {
	if err == nil {
		return nil
	}
	if problem, ok := errors.AsType[*store.Problem](err); ok { // of the credentials, before anything was asked of the store
		return problem
	}
	var answer minio.ErrorResponse
	if !errors.As(err, &answer) {
		return s.unreachable(err)
	}
	if p := s.optionRefused(answer); p != nil {
		p.Err = err
		return p
	}
	switch {
	case answer.Code == "NoSuchKey":
		return fmt.Errorf("%s: %w", key, store.ErrNotFound)
	case answer.StatusCode == http.StatusPreconditionFailed || answer.StatusCode == http.StatusConflict:
		return fmt.Errorf("%s: %w", key, store.ErrConflict)
	case answer.StatusCode == http.StatusNotImplemented:
		return fmt.Errorf("%s: %w (%w)", key, store.ErrUnsupported, err)
	}
	if p := s.problem(operation, answer); p != nil {
		p.Err = err
		return p
	}
	err = fmt.Errorf("cannot %s %s: the store answered %d %s: %w", operation, s.URL(key), answer.StatusCode, answer.Code, err)
	if transient(answer) {
		return &backoff.TransientError{Err: err}
	}
	return err
}

// transient reports whether another attempt may get another answer.
func transient(answer minio.ErrorResponse) bool {
	switch answer.Code {
	case "SlowDown", "InternalError", "RequestTimeout", "Throttling", "ThrottlingException", "RequestLimitExceeded":
		return true
	}
	return backoff.TransientStatus(answer.StatusCode) || answer.StatusCode == 499 // the last is nginx's
}

// problem names what the user can do about an answer; nil when there is nothing.
func (s *Store) problem(operation string, answer minio.ErrorResponse) *store.Problem {
	bucket, endpoint := s.at.bucket, s.at.endpoint.String()
	if strings.Contains(strings.ToLower(answer.Message), "security token") { // AWS and MinIO, under several codes
		return s.tokenRefused()
	}
	switch answer.Code {
	case "NoSuchBucket":
		return &store.Problem{What: fmt.Sprintf("bucket %q does not exist at %s", bucket, endpoint),
			Hint: "create it, or check its name, " + s.cfg.setting("endpoint") + " and " + s.cfg.setting("region")}
	case "InvalidBucketName":
		return &store.Problem{What: fmt.Sprintf("%q is not a bucket's name", bucket), Hint: "give s3://BUCKET or s3://BUCKET/PREFIX"}
	case "InvalidAccessKeyId", "InvalidClientTokenId", "XAdminUserNotFound": // the last is versitygw's
		return &store.Problem{What: fmt.Sprintf("%s does not know the access key id (bucket %q)", endpoint, bucket),
			Hint: "check " + s.cfg.keySource() + ", and that the key belongs to this endpoint"}
	case "SignatureDoesNotMatch":
		return &store.Problem{What: fmt.Sprintf("%s refused the signature (bucket %q)", endpoint, bucket),
			Hint: "the secret access key does not belong to the access key id: check " + s.cfg.keySource()}
	case "ExpiredToken", "ExpiredTokenException", "InvalidToken":
		return s.tokenRefused()
	case "RequestTimeTooSkewed":
		return &store.Problem{What: fmt.Sprintf("this machine's clock and that of %s differ too much", endpoint), Hint: "set the clock"}
	case "AuthorizationHeaderMalformed", "InvalidRegion", "PermanentRedirect", "TemporaryRedirect", "IllegalLocationConstraintException":
		hint := "set " + s.cfg.setting("region") + " to the bucket's region"
		if answer.Region != "" {
			hint += ", " + answer.Region
		}
		return &store.Problem{What: fmt.Sprintf("bucket %q is in another region than %q", bucket, s.at.region), Hint: hint}
	case "AccessDenied", "AllAccessDisabled", "AccountProblem":
		return s.denied(operation)
	}
	if answer.StatusCode == http.StatusForbidden || answer.StatusCode == http.StatusUnauthorized {
		return s.denied(operation)
	}
	return nil
}

// tokenRefused explains that the store found the session token wrong, or missing.
func (s *Store) tokenRefused() *store.Problem {
	what := fmt.Sprintf("%s refused the session token (bucket %q)", s.at.endpoint, s.at.bucket)
	if s.cfg.SessionToken.Empty() && s.cfg.Role == nil {
		what = fmt.Sprintf("%s wants a session token with this access key (bucket %q)", s.at.endpoint, s.at.bucket)
	}
	return &store.Problem{What: what, Hint: "temporary credentials have three parts: give the session token that came with the key as " +
		s.cfg.sessionToken() + ", and check " + s.cfg.keySource()}
}

func (s *Store) denied(operation string) *store.Problem {
	p := &store.Problem{
		What: fmt.Sprintf("may not %s in bucket %q at %s", operation, s.at.bucket, s.at.endpoint.String()),
		Hint: "the key needs the rights s3:ListBucket on the bucket, and s3:GetObject and s3:PutObject on its objects, for pruning also " +
			"s3:DeleteObject",
	}
	if !s.signed {
		p.Hint = s.cfg.credentialsHint()
	}
	return p
}

// unreachable explains that there was no answer, or none of an S3 server.
func (s *Store) unreachable(err error) error {
	endpoint := s.at.endpoint.String()
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	switch {
	case errors.As(err, &certificate):
		return &store.Problem{What: "the certificate of " + endpoint + " is not trusted", Err: certificate,
			Hint: "check " + s.cfg.setting("endpoint") + "; for a certificate authority of your own set " + s.cfg.setting("ca-file") +
				" to its PEM file, or set SSL_CERT_FILE"}
	case errors.As(err, &dns) && dns.IsNotFound:
		return &store.Problem{What: "there is no host " + s.at.endpoint.Hostname() + s.bucketHost(dns.Name), Err: dns,
			Hint: "check " + s.cfg.setting("endpoint") + " and " + s.cfg.setting("region")}
	case backoff.WithoutTLS(err):
		return &store.Problem{What: endpoint + " does not speak TLS", Hint: "set " + s.cfg.setting("endpoint") +
			" to http://… if you trust the network"}
	case strings.Contains(err.Error(), "XML"):
		return &store.Problem{What: endpoint + " does not answer like an S3 server", Err: err, Hint: "check " + s.cfg.setting("endpoint")}
	}
	return &backoff.TransientError{Err: &store.Problem{What: fmt.Sprintf("cannot reach %s (bucket %q)", endpoint, s.at.bucket), Err: err,
		Hint: "check " + s.cfg.setting("endpoint") + ", the network and the proxy settings"}}
}

// bucketHost names the host that was asked for when it is not the endpoint itself.
func (s *Store) bucketHost(asked string) string {
	if asked == "" || asked == s.at.endpoint.Hostname() {
		return ""
	}
	return " for the bucket (" + asked + ")"
}
