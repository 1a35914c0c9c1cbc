package s3_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

// TestProbeBeside writes to distant stores, and checks what is known of them afterwards and what that cost.
func TestProbeBeside(t *testing.T) {
	const far = 200 * time.Millisecond
	busy := func(r *http.Request) *s3test.Fault {
		if r.Header.Get("If-None-Match") == "" {
			return &s3test.Fault{Delay: far}
		}
		return &s3test.Fault{Delay: far, Status: http.StatusConflict, Code: "OperationAborted"}
	}
	for name, c := range map[string]struct {
		ignore        bool
		fault         func(*http.Request) *s3test.Fault
		beside, after int // requests of the write, and with those of SupportsConditions
	}{
		"honours conditions": {false, func(*http.Request) *s3test.Fault { return &s3test.Fault{Delay: far} }, 3, 3},
		"ignores them":       {true, func(*http.Request) *s3test.Fault { return &s3test.Fault{Delay: far} }, 3, 5},
		"near":               {false, nil, 1, 3},
	} {
		fake := s3test.StartFake(t)
		fake.Ignore = c.ignore
		if c.fault != nil {
			fake.Inject(c.fault)
		}
		st := s3test.New(t, fake.Config())
		if _, err := storetest.Put(st, "key", "x", store.PutOptions{IfAbsent: true, Probe: true}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		beside := len(fake.Requests())
		honoured, err := st.SupportsConditions(t.Context(), "key", store.BytesContent([]byte("x")), store.PutOptions{})
		if after := len(fake.Requests()); err != nil || honoured == c.ignore || beside != c.beside || after != c.after {
			t.Errorf("%s: %v, %v after %d and %d requests: %q", name, honoured, err, beside, after, fake.Requests())
		}
	}
	// A store may refuse what comes at the same time as another write, and take no notice of conditions all the same.
	fake := s3test.StartFake(t)
	fake.Ignore = true
	fake.Inject(busy)
	st := s3test.New(t, fake.Config())
	_, _ = storetest.Put(st, "key", "x", store.PutOptions{IfAbsent: true, Probe: true})
	fake.Inject(nil)
	honoured, err := st.SupportsConditions(t.Context(), "key", store.BytesContent([]byte("x")), store.PutOptions{})
	if err != nil || honoured {
		t.Errorf("a busy store that ignores conditions: %v, %v", honoured, err)
	}
}
