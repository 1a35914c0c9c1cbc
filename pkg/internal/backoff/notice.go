package backoff

import (
	"context"
	"time"
)

// longWait is the wait from which the user is told of it.
const longWait = 5 * time.Second

type noticeKey struct{}

// WithNotice returns a context whose long waits are reported to notice before they begin, with the failure that is the
// reason. It may be called by several goroutines at once.
func WithNotice(ctx context.Context, notice func(wait time.Duration, reason error)) context.Context {
	return context.WithValue(ctx, noticeKey{}, notice)
}

func notify(ctx context.Context, wait time.Duration, reason error) {
	if notice, ok := ctx.Value(noticeKey{}).(func(time.Duration, error)); ok && wait >= longWait {
		notice(wait, reason)
	}
}
