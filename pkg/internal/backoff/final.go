package backoff

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"strings"
)

// Final reports whether a failure is one of the address or of the certificates, which no other attempt changes: a certificate that
// is not trusted, a host that does not exist, a server that does not speak TLS.
func Final(err error) bool {
	return Untrusted(err) || UnknownHost(err) != "" || WithoutTLS(err)
}

// Untrusted reports whether a server's certificate was refused.
func Untrusted(err error) bool {
	return errors.As(err, new(*tls.CertificateVerificationError)) || errors.As(err, new(x509.UnknownAuthorityError)) ||
		errors.As(err, new(x509.HostnameError)) || errors.As(err, new(x509.CertificateInvalidError))
}

// UnknownHost returns the name of the host that does not exist; empty: the failure is another.
func UnknownHost(err error) string {
	if dns, ok := errors.AsType[*net.DNSError](err); ok && dns.IsNotFound {
		return dns.Name
	}
	return ""
}

// WithoutTLS reports whether a server does not speak TLS.
func WithoutTLS(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "server gave HTTP response to HTTPS client") ||
		errors.As(err, new(tls.RecordHeaderError)))
}
