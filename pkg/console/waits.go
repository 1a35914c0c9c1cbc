package console

import (
	"context"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
)

// TellWaits returns a context whose long waits for a busy server are told to the user.
func TellWaits(ctx context.Context, out Console) context.Context {
	return backoff.WithNotice(ctx, func(wait time.Duration, reason error) {
		out.Info("waiting %s before another attempt: %v", wait.Round(time.Second), reason)
	})
}
