package install

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/store/s3/s3test"
)

var servedAt = regexp.MustCompile(`the line for /etc/apk/repositories: (\S+)`)

// TestServed installs from what `pakman repo serve` presents of a directory, and of a bucket that nobody else may read, and then
// the next version; with the machine's apk too, over the network, where it is there.
func TestServed(t *testing.T) {
	const example = "static-site"
	server := s3test.Start(t)
	_, key := newKey(t, "acme-examples.rsa")
	support := standIns(t)
	bucket := "s3://" + server.Bucket(t, "") + "/alpine"
	for kind, env := range map[string][]string{"directory": nil, "bucket": server.Env()} {
		t.Run(kind, func(t *testing.T) {
			output := t.TempDir()
			store := output
			if env != nil {
				store = bucket
			}
			b := buildExample(t, example, output, key, "1.0.0")
			publishTo(t, store, output, key, env)
			served := serveBuilt(t, output, b)
			served.url = present(t, store, env)
			checkInstalled(t, mustInstall(t, []repository{served, support}, b.names()...), served, example, "1.0.0-r0")
			target := installFrom(t, example, b.names(), served, support)

			b = buildExample(t, example, output, key, "1.1.0")
			publishTo(t, store, output, key, env)
			checkInstalled(t, mustInstall(t, []repository{served, support}, b.names()...), served, example, "1.1.0-r0")
			if target != nil {
				target.apk("update")
				target.apk("add", "--upgrade", example)
				target.check(example, "1.1.0-r0")
			}
		})
	}
}

// publishTo puts what was built into a bucket; a directory has it already.
func publishTo(t *testing.T, store, output, key string, env []string) {
	t.Helper()
	if store == output {
		return
	}
	cmd := exec.CommandContext(t.Context(), pakman, "publish", output, "--bucket", store, "--signing-key", key)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

// installFrom has the machine's apk install over http; nil where there is none.
func installFrom(t *testing.T, example string, world []string, served, support repository) *rootDir {
	t.Helper()
	if _, err := exec.LookPath("apk"); err != nil || os.Getuid() != 0 {
		t.Log("without root's apk only apko installs it")
		return nil
	}
	target := newRoot(t, example, served, support)
	lines := served.url + "\n" + support.dir + "\n"
	if err := os.WriteFile(filepath.Join(target.path, "etc/apk/repositories"), []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	target.apk("add", append([]string{"--initdb"}, world...)...)
	target.check(example, "1.0.0-r0")
	return &target
}

// present runs `pakman repo serve` for the length of the test and returns the line for /etc/apk/repositories.
func present(t *testing.T, store string, env []string) string {
	t.Helper()
	cmd := exec.Command(pakman, "repo", "serve", store+"/v3.24/main", "--listen", "127.0.0.1:0")
	cmd.Env = append(os.Environ(), env...)
	log := &safeBuffer{}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(cmd.Process.Signal(os.Interrupt), cmd.Wait()); err != nil || strings.Contains(log.String(), "level=ERROR") {
			t.Errorf("%v\n%s", err, log)
		}
	})
	for range 6000 {
		if found := servedAt.FindStringSubmatch(log.String()); found != nil {
			return found[1]
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("nothing is served:\n%s", log)
	return ""
}

// safeBuffer is written by the child's pipe and read by the test.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
