package backoff_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, " 120 ": 2 * time.Minute, "-1": 0, "soon": 0, "1e3": 0, "99999999999999999999": 0,
		"Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:00:00 GMT": 0,
	} {
		if got := backoff.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

// Waits double within their bounds, and last at least as long as the server asks for.
func TestDo(t *testing.T) {
	busy := errors.New("busy")
	for name, c := range map[string]struct {
		policy   backoff.Policy
		failures int // before it succeeds
		after    time.Duration
		waits    []time.Duration // the means; empty: none
		want     string          // part of the error
	}{
		"at once":    {policy: backoff.Policy{Attempts: 3, First: time.Second}},
		"zero value": {failures: 1, want: "busy"},
		"doubling":   {policy: backoff.Policy{Attempts: 5, First: time.Second}, failures: 3, waits: []time.Duration{1, 2, 4}},
		"longest": {policy: backoff.Policy{Attempts: 5, First: time.Second, Longest: 2 * time.Second}, failures: 4,
			waits: []time.Duration{1, 2, 2, 2}},
		"giving up": {policy: backoff.Policy{Attempts: 3, First: time.Second}, failures: 9, waits: []time.Duration{1, 2},
			want: "busy; gave up after 3 attempts"},
		"server's wait": {policy: backoff.Policy{Attempts: 3, First: time.Second}, failures: 1, after: time.Minute,
			waits: []time.Duration{60}},
		"too long a wait": {policy: backoff.Policy{Attempts: 3, First: time.Second}, failures: 1, after: time.Hour,
			want: "asks to wait 1h0m0s, which is too long"},
		"all waits": {policy: backoff.Policy{Attempts: 9, First: time.Second, MaxTotal: 150 * time.Second}, failures: 9, after: time.Minute,
			waits: []time.Duration{60, 60}, want: "too long"},
	} {
		t.Run(name, func(t *testing.T) {
			var waits []time.Duration
			c.policy.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
			err := c.policy.Do(t.Context(), func(n int) error {
				if n <= c.failures {
					return &backoff.TransientError{Err: busy, After: c.after}
				}
				return nil
			})
			if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, busy) || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%v, want %q", err, c.want)
			}
			if !slices.EqualFunc(waits, c.waits, func(got, mean time.Duration) bool {
				mean *= time.Second
				return got >= mean/2 && got <= mean*3/2
			}) {
				t.Errorf("waited %v, want about %v s", waits, c.waits)
			}
		})
	}
}

// Another error ends the attempts, and a context that ends a wait gives its cause.
func TestDoEnds(t *testing.T) {
	calls, final := 0, errors.New("final")
	policy := backoff.Policy{Attempts: 9, First: time.Hour}
	if err := policy.Do(t.Context(), func(int) error { calls++; return final }); !errors.Is(err, final) || calls != 1 {
		t.Errorf("%v after %d calls", err, calls)
	}
	synctest.Test(t, func(t *testing.T) {
		cause := errors.New("cause")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Minute, cause)
		defer cancel()
		err := policy.Do(ctx, func(int) error { return &backoff.TransientError{Err: final} })
		if !errors.Is(err, cause) {
			t.Error(err)
		}
	})
}

// Long waits are told before they begin, short ones are not.
func TestNotice(t *testing.T) {
	var told []string
	ctx := backoff.WithNotice(t.Context(), func(n backoff.Notice) {
		told = append(told, fmt.Sprintf("%v %d/%d %v", n.Wait, n.Attempt, n.Of, n.Reason))
	})
	policy := backoff.Policy{Attempts: 3, First: time.Millisecond, Sleep: func(context.Context, time.Duration) error { return nil }}
	_ = policy.Do(ctx, func(n int) error {
		return &backoff.TransientError{Err: errors.New("busy"), After: time.Duration(n-1) * 30 * time.Second}
	})
	if len(told) != 1 || told[0] != "30s 3/3 busy" {
		t.Errorf("%q", told)
	}
}
