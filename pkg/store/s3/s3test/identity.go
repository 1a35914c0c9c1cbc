package s3test

import (
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// Issuer makes identity tokens as GitHub does for a job, for whoever asks as the runner's documentation says
// (https://docs.github.com/en/actions/reference/security/oidc), and tells servers how to check them.
type Issuer struct {
	URL     string
	Subject string // whom the tokens speak for
	Request string // the token that a job asks with

	key    *rsa.PrivateKey
	mu     sync.Mutex
	fail   []int // answers to give first
	tokens []string
}

// StartIssuer runs an issuer for the length of the test.
func StartIssuer(t testing.TB) *Issuer {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	i := &Issuer{Subject: "repo:acme/hello:ref:refs/heads/main", Request: "request-" + rand.Text(), key: key}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"issuer": i.URL, "jwks_uri": i.URL + "/jwks",
			"id_token_signing_alg_values_supported": []string{"RS256"}})
	})
	mux.HandleFunc("GET /jwks", func(w http.ResponseWriter, _ *http.Request) {
		_ = json.NewEncoder(w).Encode(map[string]any{"keys": []map[string]string{{"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "1",
			"e": "AQAB", "n": encode(key.N.Bytes())}}})
	})
	mux.HandleFunc("/token", i.serve)
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	i.URL = server.URL
	return i
}

// Env returns what a job with the right id-token: write has in its environment.
func (i *Issuer) Env() map[string]string {
	return map[string]string{"ACTIONS_ID_TOKEN_REQUEST_URL": i.URL + "/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": i.Request}
}

// Fail has the next requests for tokens answered with these.
func (i *Issuer) Fail(status ...int) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.fail = status
}

// Tokens returns the tokens that the issuer has made.
func (i *Issuer) Tokens() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return append([]string{}, i.tokens...)
}

func (i *Issuer) serve(w http.ResponseWriter, r *http.Request) {
	i.mu.Lock()
	defer i.mu.Unlock()
	q := r.URL.Query()
	switch {
	case len(i.fail) > 0:
		w.WriteHeader(i.fail[0])
		i.fail = i.fail[1:]
	case r.Method != http.MethodGet || q.Get("api-version") != "2.0" || len(q["audience"]) != 1:
		http.Error(w, "not as documented", http.StatusBadRequest)
	case !strings.EqualFold(r.Header.Get("Authorization"), "bearer "+i.Request):
		w.WriteHeader(http.StatusUnauthorized)
	default:
		token := i.Token(q.Get("audience"), time.Now().Add(5*time.Minute))
		i.tokens = append(i.tokens, token)
		_ = json.NewEncoder(w).Encode(map[string]any{"count": len(token), "value": token})
	}
}

// Token returns a JSON web token, signed with RS256.
func (i *Issuer) Token(audience string, expires time.Time) string {
	claims, err := json.Marshal(map[string]any{
		"iss": i.URL, "sub": i.Subject, "aud": audience, "jti": rand.Text(), "iat": time.Now().Unix(), "exp": expires.Unix(),
	})
	text := encode([]byte(`{"alg":"RS256","kid":"1","typ":"JWT"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(text))
	signature, errSign := rsa.SignPKCS1v15(nil, i.key, crypto.SHA256, sum[:])
	if err != nil || errSign != nil {
		panic(fmt.Sprint(err, errSign))
	}
	return text + "." + encode(signature)
}

// verify returns the claims of a token of the issuer's.
func (i *Issuer) verify(token string) (map[string]any, error) {
	text, signature, _ := cutLast(token, ".")
	_, payload, _ := strings.Cut(text, ".")
	raw, err := base64.RawURLEncoding.DecodeString(signature)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(text))
	if err := rsa.VerifyPKCS1v15(&i.key.PublicKey, crypto.SHA256, sum[:], raw); err != nil {
		return nil, err
	}
	if raw, err = base64.RawURLEncoding.DecodeString(payload); err != nil {
		return nil, err
	}
	var claims map[string]any
	return claims, json.Unmarshal(raw, &claims)
}

func cutLast(s, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(s, separator); i >= 0 {
		return s[:i], s[i+len(separator):], true
	}
	return s, "", false
}

func encode(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }
