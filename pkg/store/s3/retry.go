package s3

import (
	"context"
	"errors"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
)

// retries is how requests are made again: the waits are about six seconds in all.
var retries = backoff.Policy{Attempts: 6, First: 200 * time.Millisecond}

// retry makes a request until it succeeds or fails permanently. Lost is the number of earlier attempts without a certain
// outcome, which may have taken effect.
func (s *Store) retry(ctx context.Context, request func(ctx context.Context, lost int) error) error {
	return retries.Do(ctx, func(n int) error {
		var asked time.Duration
		err := request(context.WithValue(ctx, askedKey{}, &asked), n-1)
		if t, ok := errors.AsType[*backoff.TransientError](err); ok {
			t.After = asked
		}
		return err
	})
}
