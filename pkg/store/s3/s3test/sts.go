package s3test

import (
	"crypto/sha1" // what MinIO names roles by
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Audience is whom tokens for Amazon's token service are made for.
const Audience = "sts.amazonaws.com"

// StartMinIOWithIdentity starts MinIO with a token service of its own that trusts the issuer. RoleOfMinIO is the role of whoever
// shows a token: all rights on all buckets.
func StartMinIOWithIdentity(t testing.TB, i *Issuer) *Server {
	t.Helper()
	s := startMinIO(t, "MINIO_IDENTITY_OPENID_CONFIG_URL="+i.URL+"/.well-known/openid-configuration",
		"MINIO_IDENTITY_OPENID_CLIENT_ID="+Audience, "MINIO_IDENTITY_OPENID_ROLE_POLICY=readwrite")
	s.awaitRole(t, i)
	return s
}

// awaitRole waits until the server gives its role away: it reads its policies after it says that it is ready.
func (s *Server) awaitRole(t testing.TB, i *Issuer) {
	t.Helper()
	token := i.Token(Audience, time.Now().Add(time.Hour))
	s.await(t, func() error {
		creds, err := credentials.NewSTSWebIdentity(s.Endpoint, func() (*credentials.WebIdentityToken, error) {
			return &credentials.WebIdentityToken{Token: token}, nil
		}, func(o *credentials.STSWebIdentity) { o.RoleARN = RoleOfMinIO() })
		if err != nil {
			return err
		}
		_, err = creds.GetWithContext(&credentials.CredContext{Client: &http.Client{Transport: s.Transport()}})
		return err
	})
}

// RoleOfMinIO returns the ARN of a role, which MinIO makes of the audience.
func RoleOfMinIO() string {
	sum := sha1.Sum([]byte(Audience))
	return "arn:minio:iam:::role/" + encode(sum[:])
}

// Session returns temporary credentials of the server, which must be MinIO, with no other rights than those of the policy.
func (s *Server) Session(policy string) (credentials.Value, error) {
	creds, err := credentials.NewSTSAssumeRole(s.Endpoint, credentials.STSAssumeRoleOptions{
		AccessKey: s.AccessKey, SecretKey: s.SecretKey, Location: "us-east-1", DurationSeconds: 3600, Policy: policy,
	})
	if err != nil {
		return credentials.Value{}, err
	}
	return creds.GetWithContext(&credentials.CredContext{Client: &http.Client{Transport: s.Transport()}})
}

// STS is a token service that takes Amazon's protocol at its word
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html) and gives sessions of a server.
type STS struct {
	URL string

	issuer *Issuer
	server *Server
	role   string

	mu       sync.Mutex
	fail     []string // error codes to answer first
	lifetime time.Duration
	sessions []string // their names
}

// StartSTS runs a token service for the length of the test: tokens of the issuer take on the role, and get a session of the server.
func StartSTS(t testing.TB, i *Issuer, s *Server, role string) *STS {
	t.Helper()
	sts := &STS{issuer: i, server: s, role: role, lifetime: time.Hour}
	server := httptest.NewServer(sts)
	t.Cleanup(server.Close)
	sts.URL = server.URL
	return sts
}

// Fail has the next requests answered with these error codes.
func (s *STS) Fail(codes ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fail = codes
}

// Live has sessions from now on pretend to end so soon.
func (s *STS) Live(lifetime time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lifetime = lifetime
}

// Sessions returns the names of the sessions so far.
func (s *STS) Sessions() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.sessions...)
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

func (s *STS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.fail) > 0 {
		code := s.fail[0]
		s.fail = s.fail[1:]
		refuse(w, code)
		return
	}
	code, token := s.check(r)
	if code != "" {
		refuse(w, code)
		return
	}
	v, err := s.server.Session("")
	if err != nil {
		refuse(w, "InternalFailure")
		return
	}
	s.sessions = append(s.sessions, r.PostForm.Get("RoleSessionName"))
	w.Header().Set("Content-Type", "text/xml")
	_, _ = fmt.Fprintf(w, `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>%s</SubjectFromWebIdentityToken><Audience>%s</Audience>
    <AssumedRoleUser><Arn>%s</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser>
    <Credentials><SessionToken>%s</SessionToken><SecretAccessKey>%s</SecretAccessKey>
    <Expiration>%s</Expiration><AccessKeyId>%s</AccessKeyId></Credentials>
    <Provider>arn</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`, text(token["sub"]), text(token["aud"]), s.role, text(v.SessionToken), text(v.SecretAccessKey),
		time.Now().Add(s.lifetime).UTC().Format(time.RFC3339), v.AccessKeyID)
}

// check returns the code of the first thing that is not as it must be.
func (s *STS) check(r *http.Request) (code string, claims map[string]any) {
	if err := r.ParseForm(); err != nil || r.Method != http.MethodPost || r.URL.Path != "/" || r.URL.RawQuery != "" ||
		r.Header.Get("Authorization") != "" ||
		r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		return "MalformedInput", nil
	}
	form := r.PostForm
	claims, err := s.issuer.verify(form.Get("WebIdentityToken"))
	expires, _ := claims["exp"].(float64)
	switch {
	case form.Get("Action") != "AssumeRoleWithWebIdentity" || form.Get("Version") != "2011-06-15":
		return "InvalidAction", nil
	case !sessionName.MatchString(form.Get("RoleSessionName")) || form.Get("RoleArn") == "" || len(form) != 5:
		return "ValidationError", nil
	case err != nil || claims["aud"] != Audience:
		return "InvalidIdentityToken", nil
	case int64(expires) < time.Now().Unix():
		return "ExpiredTokenException", nil
	case form.Get("RoleArn") != s.role:
		return "AccessDenied", nil
	}
	return "", claims
}

// refuse answers as Amazon's service does.
func refuse(w http.ResponseWriter, code string) {
	status := map[string]int{"AccessDenied": http.StatusForbidden, "InternalFailure": http.StatusInternalServerError,
		"ServiceUnavailable": http.StatusServiceUnavailable}[code]
	if status == 0 {
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code>`+
		`<Message>the message of %[1]s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code)
}

func text(v any) string {
	b, err := xml.Marshal(fmt.Sprint(v))
	if err != nil {
		panic(err)
	}
	return string(b[len("<string>") : len(b)-len("</string>")])
}
