package backoff_test

import (
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/internal/backoff"
)

// FuzzRetryAfter: whatever a server says, the wait is not negative, and seconds and dates mean what they say.
func FuzzRetryAfter(f *testing.F) {
	for _, value := range []string{"7", " 120 ", "-1", "99999999999999999999", "Fri, 02 Jan 2026 03:05:05 GMT",
		"Sun, 06 Nov 9994 08:49:37 GMT", "1e3", "0x10"} {
		f.Add(value)
	}
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, value string) {
		got := backoff.RetryAfter(http.Header{"Retry-After": {value}}, now)
		seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 32)
		at, errDate := http.ParseTime(strings.TrimSpace(value))
		switch {
		case got < 0:
			t.Errorf("%q: %v", value, got)
		case err == nil && seconds >= 0 && !strings.HasPrefix(strings.TrimSpace(value), "+") && got != time.Duration(seconds)*time.Second:
			t.Errorf("%q: %v", value, got)
		case err != nil && errDate == nil && got != max(0, at.Sub(now)):
			t.Errorf("%q: %v, want %v", value, got, at.Sub(now))
		case err != nil && errDate != nil && got != 0 && !allDigits(strings.TrimSpace(value)):
			t.Errorf("%q: %v", value, got)
		}
	})
}

func allDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
