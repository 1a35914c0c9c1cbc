package s3

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
)

// Role is taken on with a web identity token in place of long-lived keys (AssumeRoleWithWebIdentity of
// https://docs.aws.amazon.com/STS/latest/APIReference/). The credentials last an hour and are renewed before.
type Role struct {
	ARN     string
	Session string // how the store's logs name the session: 2 to 64 of A-Z a-z 0-9 _ + = , . @ -
	STS     string // URL of the token service; empty: Amazon's in the region, or the store's own endpoint
	// Token returns a token that is valid now. A *store.Problem is for the user to fix; other errors may be transient.
	Token func(context.Context) (secret.String, error)
	// Learned is called with each secret that the token service returns, so that it can be masked; may be nil.
	Learned func(secret.String)
	// Setting is as in Config.
	Setting func(name string) string
}

func (r *Role) setting(name string) string { return Config{Setting: r.Setting}.setting(name) }

// tokenTime is how long the token service may take for its answer.
const tokenTime = 30 * time.Second

var (
	roleARN     = regexp.MustCompile(`^arn:[^:]+:iam::[^:]*:role/.+$`)
	sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)
)

// credentials checks what can be checked without asking.
func (r *Role) credentials(at address, transport http.RoundTripper) (*credentials.Credentials, error) {
	if !roleARN.MatchString(r.ARN) {
		return nil, &store.Problem{What: fmt.Sprintf("%q is not the ARN of a role", r.ARN),
			Hint: "give " + r.setting("role-arn") + " as arn:aws:iam::ACCOUNT:role/NAME"}
	}
	if !sessionName.MatchString(r.Session) {
		return nil, &store.Problem{What: fmt.Sprintf("%q is no name of a role's session", r.Session),
			Hint: "give " + r.setting("role-session-name") + " as 2 to 64 letters, digits or _+=,.@-"}
	}
	u, err := url.Parse(r.service(at))
	if err == nil {
		err = plainEndpoint(u)
	}
	if err != nil {
		return nil, &store.Problem{What: fmt.Sprintf("the token service %q is not an address", redacted(r.STS)), Err: err,
			Hint: "give " + r.setting("sts-endpoint") + " as https://HOST"}
	}
	u.Path = "/"
	return credentials.New(&assumer{role: r, url: u.String(), client: &http.Client{Transport: transport, Timeout: tokenTime}}), nil
}

// service returns the address of the token service. Stores other than AWS have theirs, if any, at their endpoint.
func (r *Role) service(at address) string {
	switch {
	case r.STS != "" && !strings.Contains(r.STS, "://"):
		return "https://" + r.STS
	case r.STS != "":
		return r.STS
	case !at.amazon():
		return at.endpoint.String()
	case strings.HasSuffix(at.endpoint.Hostname(), ".cn"):
		return "https://sts." + at.region + ".amazonaws.com.cn"
	case at.region != "":
		return "https://sts." + at.region + ".amazonaws.com"
	}
	return "https://sts.amazonaws.com"
}

// assumer asks for credentials whenever the client needs new ones.
type assumer struct {
	credentials.Expiry
	role   *Role
	url    string
	client *http.Client
}

// Retrieve returns the credentials. Older versions of the client call it instead of RetrieveWithCredContext.
func (a *assumer) Retrieve() (credentials.Value, error) { return a.RetrieveWithCredContext(nil) }

// RetrieveWithCredContext gets a token and hands it in, again while that fails for a transient reason.
func (a *assumer) RetrieveWithCredContext(cc *credentials.CredContext) (v credentials.Value, err error) {
	ctx := context.Background()
	if cc != nil && cc.Context != nil {
		ctx = cc.Context
	}
	err = retries.Do(ctx, func(int) error {
		var asked time.Duration
		v, err = a.once(context.WithValue(ctx, askedKey{}, &asked))
		var problem *store.Problem
		if err == nil || errors.As(err, &problem) || ctx.Err() != nil {
			return err
		}
		return &backoff.TransientError{After: asked, Err: &store.Problem{
			What: "cannot take on the role " + a.role.ARN + " at " + a.url, Err: err,
			Hint: "check " + a.role.setting("sts-endpoint") + ", " + a.role.setting("region") + ", the network and the proxy settings",
		}}
	})
	if err == nil {
		a.SetExpiration(v.Expiration, time.Minute)
	}
	return v, err
}

func (a *assumer) once(ctx context.Context) (credentials.Value, error) {
	token, err := a.role.Token(ctx)
	if err != nil {
		return credentials.Value{}, err
	}
	a.learn(token)
	form := url.Values{
		"Action": {"AssumeRoleWithWebIdentity"}, "Version": {credentials.STSVersion}, "RoleArn": {a.role.ARN},
		"RoleSessionName": {a.role.Session}, "WebIdentityToken": {token.Reveal()},
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.url, strings.NewReader(form.Encode()))
	if err != nil {
		return credentials.Value{}, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := a.client.Do(req)
	if err != nil {
		return credentials.Value{}, err
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return credentials.Value{}, err
	}
	if resp.StatusCode != http.StatusOK {
		return credentials.Value{}, a.refused(resp.StatusCode, text, token)
	}
	var answer credentials.AssumeRoleWithWebIdentityResponse
	err = xml.Unmarshal(text, &answer)
	c := answer.Result.Credentials
	if err != nil || c.AccessKey == "" || c.SecretKey == "" || c.SessionToken == "" || c.Expiration.IsZero() {
		return credentials.Value{}, &store.Problem{What: a.url + " does not answer like a token service", Err: err,
			Hint: "check " + a.role.setting("sts-endpoint")}
	}
	a.learn(secret.New(c.SecretKey))
	a.learn(secret.New(c.SessionToken))
	return credentials.Value{
		AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.SessionToken, Expiration: c.Expiration,
		SignerType: credentials.SignatureV4,
	}, nil
}

func (a *assumer) learn(s secret.String) {
	if a.role.Learned != nil {
		a.role.Learned(s)
	}
}
