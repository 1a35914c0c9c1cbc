// Package instellartest gives tests the other side of a delivery: a platform that takes the protocol at its word, with
// a real S3 server behind it, and the consumer that unpacks what was delivered.
package instellartest

import (
	"crypto/rand"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// The steps of the protocol, as Platform names them.
const (
	Login     = "login"
	Find      = "find"
	Storage   = "storage"
	Create    = "create"
	Configure = "configure"
)

// next are the steps that may follow each. A step that failed may be repeated; a login begins anew.
var next = map[string][]string{
	Login:   {Find},
	Find:    {Storage, Create},
	Storage: {Create},
	Create:  {Configure},
}

// Fault is what the platform does wrong with one request.
type Fault struct {
	Status int // answer this instead of acting
	Header http.Header
	Body   string
	Lose   bool // act, then break the connection instead of answering
}

// Deployment is one that was made.
type Deployment struct {
	ID            int
	Hash          string
	ArchivePath   string
	Refs          []string // of each request for it
	Stack         string
	Configuration map[string]any // the payload; numbers are json.Number
}

// Platform is a server of the protocol for one package. Whatever is not as the protocol says is refused with 400 and
// fails the test.
type Platform struct {
	Endpoint     string
	AuthToken    string
	PackageToken string
	Organization string // slugs
	Package      string
	S3           *s3test.Server
	Bucket       string
	// Reject returns the errors of the answer 422 to a configuration; nil: it is taken.
	Reject func(payload map[string]any) string
	// Blind leaves the archive unread, for benchmarks.
	Blind bool

	t        testing.TB
	store    store.Store
	mu       sync.Mutex
	bearer   string
	state    string
	fault    func(step string, n int) *Fault
	counts   map[string]int
	requests []string
	made     map[string]*Deployment
	before   []string // the bucket's keys when a known commit was asked for
}

// Start runs a platform for the length of the test.
func Start(t testing.TB, organization, pkg string) *Platform {
	t.Helper()
	p := &Platform{
		AuthToken: "auth-" + rand.Text(), PackageToken: "package-" + rand.Text(), Organization: organization, Package: pkg,
		S3: s3test.Start(t), t: t, made: map[string]*Deployment{}, counts: map[string]int{},
	}
	p.Bucket = p.S3.Bucket(t, "")
	p.store = p.S3.Store(t, p.Bucket)
	server := httptest.NewServer(p)
	t.Cleanup(server.Close)
	p.Endpoint = server.URL
	return p
}

// Inject has fault asked about each request: the step, and how often it was made before.
func (p *Platform) Inject(fault func(step string, n int) *Fault) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fault, p.counts = fault, map[string]int{}
}

// Requests returns the requested steps in order, including those that failed.
func (p *Platform) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.requests)
}

// Deployment returns the deployment of a commit; nil if there is none.
func (p *Platform) Deployment(hash string) *Deployment {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.made[hash]
}

// Store returns the platform's bucket.
func (p *Platform) Store() store.Store { return p.store }

// Keys returns the access keys of the bucket.
func (p *Platform) Keys() []string {
	var keys []string
	for info, err := range p.Store().List(p.t.Context(), "") {
		if err != nil {
			p.t.Errorf("listing the platform's bucket: %v", err)
			break
		}
		keys = append(keys, info.Key)
	}
	return keys
}

// route is one request of the protocol.
type route struct {
	step    string
	method  string
	path    *regexp.Regexp
	respond func(*Platform, *http.Request, string) answer
}

var routes = []route{
	{Login, http.MethodPost, regexp.MustCompile(`^/publish/automation/callback$`), (*Platform).login},
	{Find, http.MethodGet, regexp.MustCompile(`^/publish/deployments/([0-9A-Za-z]+)$`), (*Platform).find},
	{Storage, http.MethodGet, regexp.MustCompile(`^/publish/storage$`), (*Platform).storage},
	{Create, http.MethodPost, regexp.MustCompile(`^/publish/deployments$`), (*Platform).create},
	{Configure, http.MethodPost, regexp.MustCompile(`^/publish/deployments/([0-9]+)/configurations$`), (*Platform).configure},
}

// answer is a status and a JSON body.
type answer struct {
	status int
	body   string
}

// ServeHTTP takes one request at a time.
func (p *Platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, way := range routes {
		match := way.path.FindStringSubmatch(r.URL.Path)
		if match == nil || way.method != r.Method {
			continue
		}
		p.requests = append(p.requests, way.step)
		argument := ""
		if len(match) > 1 {
			argument = match[1]
		}
		p.serve(w, r, way, argument)
		return
	}
	p.write(w, p.violation("there is no %s %s", r.Method, r.URL))
}

func (p *Platform) serve(w http.ResponseWriter, r *http.Request, way route, argument string) {
	n := p.counts[way.step]
	p.counts[way.step]++
	var fault Fault
	if p.fault != nil {
		if f := p.fault(way.step, n); f != nil {
			fault = *f
		}
	}
	if problem := p.check(r, way.step); problem != "" {
		p.write(w, p.violation("%s: %s", way.step, problem))
		return
	}
	if fault.Status != 0 {
		maps.Copy(w.Header(), fault.Header)
		p.write(w, answer{fault.Status, fault.Body})
		return
	}
	a := way.respond(p, r, argument)
	if a.status < 300 || a.status == http.StatusNotFound {
		p.state = way.step
	}
	if fault.Lose {
		panic(http.ErrAbortHandler)
	}
	p.write(w, a)
}

// check sees that the request comes in its turn, with the headers and the kind of body that it must have.
func (p *Platform) check(r *http.Request, step string) string {
	if step != Login && step != p.state && !slices.Contains(next[p.state], step) {
		return fmt.Sprintf("it comes after %q", p.state)
	}
	authorization, token := "", ""
	if step != Login {
		authorization, token = "Bearer "+p.bearer, p.PackageToken
	}
	if got := r.Header.Get("Authorization"); got != authorization {
		return fmt.Sprintf("Authorization is %q, not %q", got, authorization)
	}
	if got := r.Header.Get("X-Instellar-Package-Token"); got != token {
		return fmt.Sprintf("X-Instellar-Package-Token is %q, not %q", got, token)
	}
	if accept := r.Header.Get("Accept"); accept != "application/json" {
		return fmt.Sprintf("Accept is %q", accept)
	}
	if kind := r.Header.Get("Content-Type"); r.Method == http.MethodPost != (kind == "application/json") {
		return fmt.Sprintf("Content-Type of a %s is %q", r.Method, kind)
	}
	if r.Method == http.MethodGet && r.ContentLength != 0 {
		return fmt.Sprintf("a GET with a body of %d bytes", r.ContentLength)
	}
	whole, err := url.PathUnescape(r.URL.String())
	for _, secret := range []string{p.AuthToken, p.PackageToken, p.bearer} {
		if err != nil || secret != "" && strings.Contains(whole, secret) {
			return "a token stands in the URL"
		}
	}
	if r.URL.RawQuery != "" {
		return "it has a query"
	}
	return ""
}

// violation fails the test, and the request.
func (p *Platform) violation(format string, args ...any) answer {
	text := fmt.Sprintf(format, args...)
	p.t.Errorf("against the protocol: %s", text)
	return answer{http.StatusBadRequest, fmt.Sprintf(`{"errors":{"detail":%q}}`, text)}
}

func (p *Platform) write(w http.ResponseWriter, a answer) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(a.status)
	_, _ = w.Write([]byte(a.body))
}
