// Package instellar delivers packages to the Instellar platform: its five requests, the objects that it
// expects in the bucket that it names, and the archive that its consumer unpacks.
package instellar

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"

	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/secret"
)

// DefaultEndpoint is the platform's own.
const DefaultEndpoint = "https://opsmaru.com"

// Config says which platform, and who speaks to it.
type Config struct {
	Endpoint     string        // empty: DefaultEndpoint
	AuthToken    secret.String // of the account
	PackageToken secret.String // of the package
	Options      httpjson.Options
}

// Client is a session with the platform. The token that it gave is held in memory alone.
type Client struct {
	http         *httpjson.Client
	options      httpjson.Options
	auth, bearer secret.String
	packageToken secret.String
}

// New returns a client that has asked nothing yet.
func New(cfg Config) (*Client, error) {
	if cfg.Endpoint == "" {
		cfg.Endpoint = DefaultEndpoint
	}
	h, err := httpjson.New("INSTELLAR_ENDPOINT", cfg.Endpoint, cfg.Options)
	if err != nil {
		return nil, err
	}
	return &Client{http: h, options: cfg.Options, auth: cfg.AuthToken, packageToken: cfg.PackageToken}, nil
}

// Requests returns how many requests the platform got.
func (c *Client) Requests() int64 { return c.http.Requests() }

// Host returns the platform's scheme and host.
func (c *Client) Host() string { return c.http.Host() }

// Login exchanges the account's token for a token of this session. It must be the first request.
func (c *Client) Login(ctx context.Context) error {
	a, err := c.ask(ctx, http.MethodPost, "/publish/automation/callback", map[string]string{"auth_token": c.auth.Reveal()})
	if err != nil {
		return err
	}
	if a.Status != http.StatusCreated {
		return c.refused(a, "log in", map[int]string{
			http.StatusNotFound: "the platform does not know INSTELLAR_AUTH_TOKEN: copy the token of your organization's automation " +
				"again into the secret",
		})
	}
	var answer struct{ Data struct{ Token string } }
	if err := a.Decode(&answer); err != nil {
		return err
	}
	if answer.Data.Token == "" {
		return c.incomplete("the login", "data.token")
	}
	c.bearer = secret.New(answer.Data.Token)
	return nil
}

// Deployment is what the platform knows of one commit.
type Deployment struct {
	ID          string // a number or a UUID
	ArchivePath string
	Created     bool // it did not exist before
}

// Find asks for the deployment of a commit; nil where there is none.
func (c *Client) Find(ctx context.Context, sha string) (*Deployment, error) {
	a, err := c.ask(ctx, http.MethodGet, "/publish/deployments/"+url.PathEscape(sha), nil)
	switch {
	case err != nil:
		return nil, err
	case a.Status == http.StatusNotFound:
		return nil, nil
	case a.Status != http.StatusOK:
		return nil, c.refused(a, "ask for the deployment", nil)
	}
	d, err := c.deployment(a)
	if err == nil && d.ArchivePath == "" {
		err = c.incomplete("the known deployment", "data.attributes.archive_path")
	}
	return d, err
}

// Commit is what a deployment is made of.
type Commit struct {
	Ref         string `json:"ref"` // refs/heads/main, or main
	Hash        string `json:"hash"`
	ArchivePath string `json:"archive_path"`
	Stack       string `json:"stack,omitempty"`
}

// Create makes the deployment, or finds the one that exists.
func (c *Client) Create(ctx context.Context, commit Commit) (*Deployment, error) {
	a, err := c.ask(ctx, http.MethodPost, "/publish/deployments", map[string]Commit{"deployment": commit})
	if err != nil {
		return nil, err
	}
	if a.Status != http.StatusCreated && a.Status != http.StatusOK {
		return nil, c.refused(a, "create the deployment", nil)
	}
	d, err := c.deployment(a)
	if err != nil {
		return nil, err
	}
	d.ArchivePath, d.Created = commit.ArchivePath, a.Status == http.StatusCreated
	return d, nil
}

// Configure sends the deployment's payload: kits, and sizes, plans and page where there are any. Without a list of kits
// there is nothing to send, and done is false.
func (c *Client) Configure(ctx context.Context, id string, payload map[string]any) (done bool, err error) {
	if _, ok := payload["kits"].([]any); !ok {
		return false, nil
	}
	body := map[string]any{"configuration": map[string]any{"payload": payload}}
	a, err := c.ask(ctx, http.MethodPost, "/publish/deployments/"+url.PathEscape(id)+"/configurations", body)
	if err != nil {
		return false, err
	}
	if a.Status != http.StatusCreated && a.Status != http.StatusOK {
		return false, c.refused(a, "configure the deployment", nil)
	}
	return true, nil
}

// deployment reads data.attributes of an answer.
func (c *Client) deployment(a *httpjson.Answer) (*Deployment, error) {
	var answer struct {
		Data struct {
			Attributes struct {
				ID          json.RawMessage `json:"id"` // a number may be too large for a float
				ArchivePath string          `json:"archive_path"`
			}
		}
	}
	if err := a.Decode(&answer); err != nil {
		return nil, err
	}
	d := &Deployment{ArchivePath: answer.Data.Attributes.ArchivePath, ID: identifier(answer.Data.Attributes.ID)}
	if d.ID == "" {
		return nil, c.incomplete("the deployment", "data.attributes.id")
	}
	for name, value := range map[string]string{"id": d.ID, "archive_path": d.ArchivePath} {
		if err := visible.Check(value); err != nil || len(value) > maxValue {
			return nil, fmt.Errorf(
				"%s answered for the deployment with an invalid data.attributes.%s: %.80q (%d bytes, at most %d are allowed)",
				c.http.Host(), name, value, len(value), maxValue)
		}
	}
	return d, nil
}

// identifier returns the text of an id, as it was sent: a string or a whole number. It is empty for anything else.
func identifier(raw json.RawMessage) string {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return text
	}
	if number := string(raw); number != "" && strings.Trim(number, "0123456789") == "" {
		return number
	}
	return ""
}

// maxValue is how long a value of an answer may be, in bytes. It becomes part of addresses and outputs.
const maxValue = 1024

// ask makes a request, with the session's tokens once there are any. A session may end while a large archive is uploaded: then
// it logs in once more.
func (c *Client) ask(ctx context.Context, method, path string, body any) (*httpjson.Answer, error) {
	var content []byte
	if body != nil {
		var err error
		if content, err = json.Marshal(body); err != nil {
			return nil, err
		}
	}
	a, err := c.http.Do(ctx, c.request(method, path, content))
	if err != nil || a.Status != http.StatusUnauthorized || c.bearer.Empty() {
		return a, err
	}
	c.bearer = secret.String{}
	if err := c.Login(ctx); err != nil {
		return nil, err
	}
	return c.http.Do(ctx, c.request(method, path, content))
}

// request returns a request with the session's tokens.
func (c *Client) request(method, path string, body []byte) httpjson.Request {
	r := httpjson.Request{Method: method, Path: path, Header: http.Header{}, Body: body,
		Secrets: []string{c.auth.Reveal(), c.bearer.Reveal(), c.packageToken.Reveal()}}
	if !c.bearer.Empty() {
		r.Header.Set("Authorization", "Bearer "+c.bearer.Reveal())
		r.Header.Set("X-Instellar-Package-Token", c.packageToken.Reveal())
	}
	return r
}
