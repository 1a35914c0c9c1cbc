package open_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// A store that is begun is listed once for the first glance and the checks before it; a later glance sees what is there then.
func TestBegin(t *testing.T) {
	fake := s3test.StartFake(t)
	own := fake.Config()
	cfg := open.Config{Endpoint: fake.Endpoint, AccessKeyID: own.AccessKeyID, SecretAccessKey: own.SecretAccessKey}
	st, err := open.Begin(t.Context(), "s3://"+own.Bucket, cfg)
	if err != nil {
		t.Fatal(err)
	}
	glancer, ok := st.(store.Glancer)
	if !ok {
		t.Fatalf("%T shows nothing at a glance", st)
	}
	glance := func() error { _, _, err := glancer.Glance(t.Context()); return err }
	check := func() error { return st.Check(t.Context()) }
	for i, step := range []struct {
		do    func() error
		lists int // until then
	}{{check, 1}, {check, 1}, {glance, 1}, {glance, 2}, {check, 3}} {
		if err := step.do(); err != nil {
			t.Fatal(err)
		}
		if n := len(fake.Requests()); n != step.lists {
			t.Errorf("step %d: %d requests, want %d: %v", i, n, step.lists, fake.Requests())
		}
	}
	fake.Inject(func(*http.Request) *s3test.Fault {
		return &s3test.Fault{Status: http.StatusForbidden, Code: "AccessDenied"}
	})
	if st, err = open.Begin(t.Context(), "s3://"+own.Bucket, cfg); err != nil {
		t.Fatal(err)
	}
	if problem, ok := errors.AsType[*store.Problem](st.Check(t.Context())); !ok || !strings.Contains(problem.Error(), "may not list") {
		t.Errorf("%v", problem)
	}
}
