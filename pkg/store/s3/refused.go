package s3

import (
	"encoding/base64"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
)

// refused explains an answer of the token service that is no role. One that may be another soon is no Problem.
func (a *assumer) refused(status int, text []byte, token secret.String) error {
	var answer credentials.ErrorResponse
	if xml.Unmarshal(text, &answer) != nil {
		answer.STSError.Code = http.StatusText(status)
	}
	code := answer.STSError.Code
	said := fmt.Errorf("%d %s: %s", status, code, secret.Redact(answer.STSError.Message, token.Reveal()))
	if status >= http.StatusInternalServerError || status == http.StatusTooManyRequests || code == "IDPCommunicationError" ||
		code == "Throttling" {
		return said
	}
	p := &store.Problem{What: "may not take on the role " + a.role.ARN + " at " + a.url, Err: said}
	switch {
	case code == "InvalidIdentityToken":
		p.Hint = "the account must know the token's issuer as an identity provider, with the token's audience; the token " + subject(token)
	case code == "ExpiredTokenException" || code == "ExpiredToken":
		p.Hint = "the token has expired: get a new one, and set the clock"
	case code == "AccessDenied" || status == http.StatusForbidden:
		p.Hint = "the role must exist, and its trust policy must let this token in; the token " + subject(token)
	default:
		p.Hint = "check " + a.role.setting("role-arn") + " and " + a.role.setting("sts-endpoint") + "; the token " + subject(token)
	}
	return p
}

// subject returns for whom a token was issued. That is not secret, and trust policies compare it.
func subject(token secret.String) string {
	var claims struct {
		Issuer   string `json:"iss"`
		Subject  string `json:"sub"`
		Audience any    `json:"aud"` // a text, or a list
	}
	parts := strings.Split(token.Reveal(), ".")
	if len(parts) != 3 {
		return "is none that can be read"
	}
	text, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil || json.Unmarshal(text, &claims) != nil {
		return "is none that can be read"
	}
	return fmt.Sprintf("says issuer %q, audience %q and subject %q", claims.Issuer, claims.Audience, claims.Subject)
}
