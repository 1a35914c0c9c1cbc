package store

import (
	"io"
	"strings"
	"testing"
	"time"
)

// A body that trickles in is given up, one that is read slowly is not.
func TestPaced(t *testing.T) {
	for name, c := range map[string]struct {
		perRead time.Duration // that a read of one byte takes
		want    string
	}{
		"fast":    {time.Microsecond, ""},
		"trickle": {time.Second, "less than 1024 bytes per second (121 bytes in 2m1s)"},
	} {
		now := time.Now()
		p := &paced{ReadCloser: io.NopCloser(strings.NewReader(strings.Repeat("x", 1000)))}
		inside := false
		p.now = func() time.Time {
			if inside = !inside; inside {
				now = now.Add(time.Hour) // that the reader takes between two reads
			} else {
				now = now.Add(c.perRead)
			}
			return now
		}
		var err error
		for err == nil {
			_, err = p.Read(make([]byte, 1))
		}
		if c.want == "" && err != io.EOF || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
