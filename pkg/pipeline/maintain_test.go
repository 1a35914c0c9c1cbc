package pipeline_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// stopping is a console that ends the run when it is told of a wait.
type stopping struct {
	silent
	stop context.CancelFunc
}

func (s *stopping) Info(format string, args ...any) {
	s.silent.Info(format, args...)
	if strings.HasPrefix(format, "waiting ") {
		s.stop()
	}
}

// Every command on repositories reports that a busy server makes it wait.
func TestMaintainReportsWaits(t *testing.T) {
	fake := s3test.StartFake(t)
	fake.Inject(func(*http.Request) *s3test.Fault { return &s3test.Fault{Status: 503, Code: "SlowDown", After: "30"} })
	r := pipeline.Repositories{URL: "s3://bucket/v3.24/main", Config: open.Config{Getenv: func(name string) string {
		return map[string]string{"AWS_ENDPOINT_URL": fake.Endpoint, "AWS_REGION": "us-east-1",
			"AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "key"}[name]
	}}}
	keeping := pipeline.Keeping{Repositories: r, Key: publishOptions(t, "").Key}
	for name, run := range map[string]func(context.Context, *stopping) error{
		"list": func(ctx context.Context, out *stopping) error {
			_, err := pipeline.ListPackages(ctx, r, nil, out)
			return err
		},
		"verify": func(ctx context.Context, out *stopping) error {
			_, err := pipeline.Verify(ctx, r, nil, nil, out)
			return err
		},
		"prune": func(ctx context.Context, out *stopping) error {
			_, err := pipeline.Prune(ctx, keeping, repository.PruneRequest{}, out)
			return err
		},
		"rebuild": func(ctx context.Context, out *stopping) error {
			_, err := pipeline.Rebuild(ctx, keeping, repository.RebuildRequest{}, out)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			out := &stopping{stop: stop}
			if err := run(ctx, out); err == nil || !strings.Contains(out.said.String(), "waiting 30 s for the server (attempt 2 of ") {
				t.Errorf("%v; it said %q", err, out.said.String())
			}
		})
	}
}
