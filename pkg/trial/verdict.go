package trial

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The states of a service at the end of its trial.
const (
	works  = "works"
	ended  = "ended"  // it stopped by itself
	silent = "silent" // it did not answer in time
)

// verdict is what the inner process tells.
type verdict struct {
	State  string
	Exit   string        // how it ended
	Answer string        // the last thing that was heard of it
	Ports  []int         // that it listens on
	Output []string      // its last lines
	After  time.Duration // until it worked, or did not
}

// check returns an error for a verdict that no trial comes to: it comes out of the machine that is tried.
func (v verdict) check(asked bool) error {
	switch {
	case v.State == works, v.State == ended, v.State == silent && asked:
		return nil
	}
	return fmt.Errorf("the trial answered with the state %q", shortened(v.State))
}

// parse reads a verdict. asked says whether the service has a health check.
func parse(text []byte, asked bool) (v verdict, err error) {
	if err := json.Unmarshal(text, &v); err != nil {
		return v, fmt.Errorf("the trial gave no answer: %w", err)
	}
	return v, v.check(asked)
}

// Summary says in one line what happened.
func (r Result) Summary() string {
	after := r.After.Round(time.Millisecond * 10)
	switch r.State {
	case works:
		return fmt.Sprintf("works after %s: %s", after, r.Answer)
	case ended:
		return fmt.Sprintf("it ended after %s: %s", after, r.Exit)
	}
	text := fmt.Sprintf("it did not work within %s: %s", r.Service.Health.Timeout, r.Answer)
	if len(r.Ports) > 0 {
		text += "; it listens on port " + strings.Trim(strings.Join(strings.Fields(fmt.Sprint(r.Ports)), ", "), "[]")
	} else {
		text += "; it listens on no port"
	}
	return text
}
