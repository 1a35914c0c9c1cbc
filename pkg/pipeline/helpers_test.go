package pipeline_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
)

// silent keeps what a run says.
type silent struct {
	mu   sync.Mutex
	said bytes.Buffer
}

func (s *silent) say(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintf(&s.said, format+"\n", args...)
}
func (s *silent) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.said.String()
}
func (s *silent) Stage(title string)              { s.say("== %s", title) }
func (s *silent) Info(format string, args ...any) { s.say(format, args...) }
func (s *silent) Warn(f config.Fault)             { s.say("%s", f) }
func (s *silent) Show(string, string)             {}
func (s *silent) Output() io.Writer               { return io.Discard }

// sharedKey is made once: RSA keys take their time.
var sharedKey = func() func(testing.TB) *apk.PrivateKey {
	var once sync.Once
	var key *apk.PrivateKey
	return func(t testing.TB) *apk.PrivateKey {
		t.Helper()
		var err error
		once.Do(func() { key, err = apk.GenerateKey("acme-blog.rsa") })
		if err != nil {
			t.Fatal(err)
		}
		return key
	}
}()

func getenv(name string) string {
	switch name {
	case "PATH":
		return os.Getenv("PATH")
	case "GITHUB_REPOSITORY":
		return "Acme/Blog"
	}
	return ""
}
