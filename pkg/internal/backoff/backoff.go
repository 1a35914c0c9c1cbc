// Package backoff is the one way in which this program tries something again: after waits that double, are random so
// that many clients do not meet again, and are never shorter than the server asks for.
package backoff

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// Policy says how often something is tried and how long to wait in between. The zero value tries once.
type Policy struct {
	Attempts int           // at most; Do needs it
	First    time.Duration // the mean wait before the second attempt; each later one is twice as long
	Longest  time.Duration // the longest mean wait; 0: no bound
	// MaxWait bounds what a server may ask for at once, and MaxTotal all waits together. 0: DefaultMaxWait, and no bound.
	MaxWait, MaxTotal time.Duration
	// Sleep waits; nil: on the clock, until the context ends.
	Sleep func(context.Context, time.Duration) error
}

// DefaultMaxWait is how long a server may ask us to wait at once.
const DefaultMaxWait = 5 * time.Minute

// TransientError is a failure that another attempt may not meet.
type TransientError struct {
	Err   error         // what to report when no attempt succeeds
	After time.Duration // how long the server asks to wait; 0: it does not say
}

func (e *TransientError) Error() string { return e.Err.Error() }
func (e *TransientError) Unwrap() error { return e.Err }

// GaveUpError is the last failure when there is no further attempt. It wraps TransientError.Err.
type GaveUpError struct {
	Err      error
	Attempts int
	Wait     time.Duration // the wait that would have been too long; 0: there were enough attempts
}

func (e *GaveUpError) Error() string {
	switch {
	case e.Wait > 0:
		return fmt.Sprintf("%v; the server asks to wait %s, which is too long to wait here: run again later", e.Err,
			e.Wait.Round(time.Second))
	case e.Attempts > 1:
		return fmt.Sprintf("%v; gave up after %d attempts", e.Err, e.Attempts)
	}
	return e.Err.Error()
}

func (e *GaveUpError) Unwrap() error { return e.Err }

// Do calls attempt, which is told its number from 1 on, until it returns nil or an error without a *TransientError. Where no
// further attempt follows, as after a failure that is Final, the error is a *GaveUpError. When ctx ends, it is the context's.
func (p Policy) Do(ctx context.Context, attempt func(n int) error) error {
	var total time.Duration
	for n := 1; ; n++ {
		err := attempt(n)
		var t *TransientError
		if err == nil || !errors.As(err, &t) {
			return err
		}
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		wait := max(p.delay(n), t.After)
		switch {
		case n >= p.Attempts, Final(t.Err):
			return &GaveUpError{Err: t.Err, Attempts: n}
		case t.After > cmp.Or(p.MaxWait, DefaultMaxWait), p.MaxTotal > 0 && total+wait > p.MaxTotal:
			return &GaveUpError{Err: t.Err, Attempts: n, Wait: wait}
		}
		notify(ctx, Notice{Wait: wait, Reason: t.Err, Attempt: n + 1, Of: p.Attempts})
		if err := p.sleep(ctx, wait); err != nil {
			return err
		}
		total += wait
	}
}

// Wait waits after the attempt of number n, counted from 1, for loops that end by themselves. Its error is the cause of the
// context's end.
func (p Policy) Wait(ctx context.Context, n int) error { return p.sleep(ctx, p.delay(n)) }

// delay returns a random time between half and one and a half of the mean.
func (p Policy) delay(n int) time.Duration {
	mean := p.First << min(n-1, 20)
	if p.Longest > 0 {
		mean = min(mean, p.Longest)
	}
	if mean <= 0 {
		return 0
	}
	return mean/2 + rand.N(mean)
}

func (p Policy) sleep(ctx context.Context, d time.Duration) error {
	if p.Sleep != nil {
		return p.Sleep(ctx, d)
	}
	return Sleep(ctx, d)
}

// Sleep waits on the clock, or until ctx ends, whose cause it returns then.
func Sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
