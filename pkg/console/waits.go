package console

import (
	"context"
	"strconv"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
)

// TellWaits returns a context whose long waits for a busy server are told to the user.
func TellWaits(ctx context.Context, out Console) context.Context {
	return backoff.WithNotice(ctx, func(n backoff.Notice) {
		out.Info("waiting %s for the server (attempt %d of %d): %v", seconds(n.Wait), n.Attempt, n.Of, n.Reason)
	})
}

// seconds returns a wait as people write it: 30 s, 1m30s.
func seconds(d time.Duration) string {
	d = d.Round(time.Second)
	if d < time.Minute {
		return strconv.Itoa(int(d.Seconds())) + " s"
	}
	return d.String()
}
