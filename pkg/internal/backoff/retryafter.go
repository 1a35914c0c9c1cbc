package backoff

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// TransientStatus reports whether an HTTP status may be another one soon.
func TransientStatus(status int) bool {
	return status == http.StatusTooManyRequests || status == http.StatusRequestTimeout ||
		status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// RetryAfter reads the header of that name: seconds, or a date (RFC 9110, 10.2.3). It is 0 where there is none.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return time.Duration(seconds) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
