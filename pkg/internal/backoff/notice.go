package backoff

import (
	"context"
	"time"
)

// longWait is the wait from which the user is told of it.
const longWait = 5 * time.Second

// Notice describes a long wait that begins.
type Notice struct {
	Wait    time.Duration
	Reason  error // the failure of the attempt before
	Attempt int   // the one that follows, counted from 1
	Of      int   // attempts at most
}

type noticeKey struct{}

// WithNotice returns a context whose long waits are reported to notice before they begin. It may be called by several goroutines
// at once.
func WithNotice(ctx context.Context, notice func(Notice)) context.Context {
	return context.WithValue(ctx, noticeKey{}, notice)
}

func notify(ctx context.Context, n Notice) {
	if notice, ok := ctx.Value(noticeKey{}).(func(Notice)); ok && n.Wait >= longWait {
		notice(n)
	}
}
