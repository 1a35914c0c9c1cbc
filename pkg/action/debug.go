package action

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/secret"
)

// debug shows more where the user has turned on debug logging: the names in the environment, the inputs that say what is done, what
// the pipeline decides, and each request.
func (s *settings) debug(env process.Env, console *console) {
	console.debugging = true
	var names []string
	for _, variable := range env.Environ {
		name, _, _ := strings.Cut(variable, "=")
		names = append(names, name)
	}
	slices.Sort(names)
	console.Debug("command %s, event %s %s, names in the environment: %s", s.command, s.github.event.Name, s.github.event.Action,
		strings.Join(names, " "))
	console.Debug("directories %q, output %q, bucket %q, cache %q", strings.Join(s.build.Dirs, ", "), s.build.Output,
		s.build.Bucket.URL, s.build.Cache.Dir)
	trace := func(next http.RoundTripper, private bool) http.RoundTripper {
		if next == nil {
			next = http.DefaultTransport
		}
		return traced{next: next, console: console, secrets: s.build.Secrets, private: private}
	}
	s.build.Bucket.Config.Watch = func(next http.RoundTripper) http.RoundTripper { return trace(next, false) }
	s.github.reach = trace(s.github.reach, false)
	s.deploy.HTTP.Transport = trace(s.deploy.HTTP.Transport, s.deploy.Kind == "webhook")
}

// Debug shows one line that GitHub shows only while debug logging is on.
func (c *console) Debug(format string, args ...any) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.debugging {
		return
	}
	c.unfence()
	c.gha.Debugf("%s", oneLine(fmt.Sprintf(format, args...)))
}

// traced shows each request. What a query or a header holds may be secret.
type traced struct {
	next    http.RoundTripper
	console *console
	secrets []string
	private bool // the path, too, may be one: that of a webhook often is
}

func (t traced) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	response, err := t.next.RoundTrip(r)
	outcome := fmt.Sprint(err)
	if err == nil {
		outcome = response.Status
	}
	path := r.URL.Path
	if t.private {
		path = "/…"
	}
	text := fmt.Sprintf("%s %s://%s%s: %s after %s", r.Method, r.URL.Scheme, r.URL.Host, path, outcome,
		time.Since(began).Round(time.Millisecond))
	t.console.Debug("%s", secret.Redact(text, t.secrets...))
	return response, err
}

// itself warns about addresses by which this container reaches nobody but itself.
func itself(s *settings, getenv func(string) string) []config.Fault {
	if getenv("PAKMAN_CONTAINER") == "" {
		return nil
	}
	var faults []config.Fault
	for _, in := range []struct{ name, address string }{
		{"endpoint", s.build.Bucket.Config.Endpoint}, {"webhook-url", s.deploy.WebhookURL}, {"instellar-endpoint", s.deploy.Endpoint},
	} {
		u, err := url.Parse(in.address)
		if err != nil {
			continue // whoever uses it says so
		}
		if ip := net.ParseIP(u.Hostname()); u.Hostname() == "localhost" || ip != nil && ip.IsLoopback() {
			faults = append(faults, config.Fault{Warning: true, Message: fmt.Sprintf("input %s: %s is the container of this action: name "+
				"a service of the job by its label, such as http://minio:9000 for services: minio", in.name, u.Hostname())})
		}
	}
	return faults
}
