package repository_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

// Publishers reach their end through all that a network does, and lose nothing.
func TestFaults(t *testing.T) {
	faults := []s3test.Fault{
		{Status: 500, Code: "InternalError"}, {Status: 503, Code: "SlowDown"}, {Status: 409, Code: "ConditionalRequestConflict"},
		{Lose: true}, {Truncate: true}, {Delay: 30 * time.Millisecond}, {Delay: 300 * time.Millisecond, Lose: true},
	}
	for _, ignore := range []bool{false, true} {
		t.Run(fmt.Sprintf("ignore=%v", ignore), func(t *testing.T) {
			t.Parallel()
			fake := s3test.StartFake(t)
			fake.Ignore = ignore
			random := rand.New(rand.NewPCG(1, 2))
			var mu sync.Mutex
			fake.Inject(func(r *http.Request) *s3test.Fault {
				mu.Lock()
				defer mu.Unlock()
				f := faults[random.IntN(len(faults))]
				// A race is only told to a writer under a condition, and a store that ignores conditions tells none.
				if random.IntN(8) > 0 || f.Status == 409 && (r.Method != http.MethodPut || ignore) {
					return nil
				}
				return &f
			})
			key := testKey(t)
			var group sync.WaitGroup
			for i := range 4 {
				group.Go(func() {
					st := s3test.New(t, fake.Config())
					for j := range 2 {
						file, err := pack(t.TempDir(), fmt.Sprintf("p%d", i), fmt.Sprintf("1.%d-r0", j), "x86_64", []byte("x"), key)
						if err == nil {
							_, err = repository.Publish(context.Background(), st, request(key, file))
						}
						if err != nil {
							t.Errorf("publisher %d: %v", i, err)
						}
					}
				})
			}
			group.Wait()
			fake.Inject(nil)
			if names := mustCheck(t, s3test.New(t, fake.Config()), "x86_64", key); len(names) != 8 {
				t.Errorf("%d of 8 packages are in the index: %q", len(names), names)
			}
		})
	}
}

// A publisher is a process that is killed before any of its requests, or after the store has served it and before the
// answer. What it leaves is valid, and publishing again completes it.
func TestKilled(t *testing.T) {
	key := testKey(t)
	old, file := mustPack(t, "old", "1-r0", "x86_64", "old", key), mustPack(t, "new", "1-r0", "x86_64", "new", key)
	for _, ignore := range []bool{false, true} {
		for _, lose := range []bool{false, true} {
			t.Run(fmt.Sprintf("ignore=%v, lose=%v", ignore, lose), func(t *testing.T) {
				t.Parallel()
				for n := 1; ; n++ {
					fake := s3test.StartFake(t)
					fake.Ignore = ignore
					st := s3test.New(t, fake.Config())
					publish(t, st, request(key, old))
					killed := killedAt(t, fake, n, lose, append(os.Environ(),
						environment(key, "killed", "s3://bucket", "REPOSITORY_TEST_FILE="+file)...))
					completed(t, st, file, fmt.Sprintf("request %d", n))
					if !killed {
						if n < 10 {
							t.Errorf("publishing took only %d requests", n-1)
						}
						t.Logf("killed at each of %d requests", n-1)
						break
					}
				}
			})
		}
	}
}

// killedAt runs a publisher that dies at its n-th request, which is served or not. It reports whether there was one.
func killedAt(t *testing.T, fake *s3test.Fake, n int, serve bool, env []string) (killed bool) {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(slices.Clip(env), "AWS_ENDPOINT_URL="+fake.Endpoint, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=id",
		"AWS_SECRET_ACCESS_KEY=key")
	var mu sync.Mutex
	requests := 0
	fake.Inject(func(*http.Request) *s3test.Fault {
		mu.Lock()
		defer mu.Unlock()
		if requests++; requests < n {
			return nil
		}
		if requests == n {
			_ = child.Process.Kill()
			if killed = true; serve {
				return &s3test.Fault{Lose: true}
			}
		}
		return &s3test.Fault{Status: 500} // sent, and not served
	})
	defer fake.Inject(nil)
	// The parent holds the lock until the child is known to it.
	mu.Lock()
	err := child.Start()
	mu.Unlock()
	if err == nil {
		err = child.Wait()
	}
	mu.Lock()
	defer mu.Unlock()
	if (err != nil) != killed {
		t.Fatalf("killed: %v, and the publisher: %v", killed, err)
	}
	return killed
}

// completed wants a valid repository, and that publishing the file again completes it.
func completed(t *testing.T, st store.Store, file, when string) {
	t.Helper()
	key := testKey(t)
	if names, err := check(st, "x86_64", key, map[string]bool{}); err != nil || len(names) == 0 {
		t.Fatalf("killed at %s: %q, %v", when, names, err)
	}
	publish(t, st, request(key, file))
	if names, err := check(st, "x86_64", key, map[string]bool{}); err != nil || len(names) != 2 {
		t.Fatalf("killed at %s and published again: %q, %v", when, names, err)
	}
}

// The same in a directory, where the system calls are what there is between two states.
func TestKilledInDirectory(t *testing.T) {
	key := testKey(t)
	old, file := mustPack(t, "old", "1-r0", "x86_64", "old", key), mustPack(t, "new", "1-r0", "x86_64", "new", key)
	for _, call := range []string{"renameat", "fsync", "flock", "mkdirat"} {
		for n := 1; ; n++ {
			st := newDir(t)
			publish(t, st, request(key, old))
			root := strings.TrimPrefix(st.URL(""), "file://")
			killed := storetest.Killed(t, call, n, environment(key, "killed", root, "REPOSITORY_TEST_FILE="+file, "GOMAXPROCS=1")...)
			completed(t, st, file, fmt.Sprintf("%s %d", call, n))
			if !killed {
				t.Logf("killed at %d calls of %s", n-1, call)
				break
			}
		}
	}
}

// When others change the index without end, a publisher gives up in time and says so.
func TestDeadline(t *testing.T) {
	fake := s3test.StartFake(t)
	fake.Inject(func(r *http.Request) *s3test.Fault {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "APKINDEX.tar.gz") {
			return &s3test.Fault{Status: 412, Code: "PreconditionFailed"}
		}
		return nil
	})
	key := testKey(t)
	r := request(key, mustPack(t, "a", "1-r0", "x86_64", "a", key))
	r.Deadline = 100 * time.Millisecond
	_, err := repository.Publish(context.Background(), s3test.New(t, fake.Config()), r)
	if err == nil || !strings.Contains(err.Error(), "others kept changing the index") {
		t.Errorf("%v", err)
	}
}
