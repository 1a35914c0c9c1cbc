package repository_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// TestMain lets the test binary play a publisher of its own.
func TestMain(m *testing.M) {
	if os.Getenv("REPOSITORY_TEST_PUBLISHER") != "" {
		if err := publisher(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// processes is how many publishers TestProcesses starts.
const processes = 16

// publisher publishes packages of its own, one after the other.
func publisher() error {
	name := os.Getenv("REPOSITORY_TEST_PUBLISHER")
	key, err := apk.ParsePrivateKey("acme-blog.rsa", []byte(os.Getenv("REPOSITORY_TEST_KEY")))
	if err != nil {
		return err
	}
	ctx := context.Background()
	st, err := open.URL(ctx, os.Getenv("REPOSITORY_TEST_BUCKET"), open.Config{Getenv: os.Getenv})
	if err != nil {
		return err
	}
	if file := os.Getenv("REPOSITORY_TEST_FILE"); file != "" {
		_, err := repository.Publish(ctx, st, request(key, file))
		return err
	}
	dir, err := os.MkdirTemp("", "publisher")
	if err != nil {
		return err
	}
	for i := range publishes {
		file, err := pack(dir, name, fmt.Sprintf("1.%d-r0", i), "x86_64", []byte(name), key)
		if err == nil {
			_, err = repository.Publish(ctx, st, request(key, file))
		}
		if err != nil {
			return err
		}
	}
	return os.RemoveAll(dir)
}

// environment is that of a publisher which is a process of its own.
func environment(key *apk.PrivateKey, name, url string, more ...string) []string {
	return append(more, "REPOSITORY_TEST_PUBLISHER="+name, "REPOSITORY_TEST_KEY="+string(key.PEM()), "REPOSITORY_TEST_BUCKET="+url)
}

// many runs publishers as processes beside a reader, and counts what is there in the end.
func many(t *testing.T, url string, env []string, st store.Store) {
	t.Helper()
	key := testKey(t)
	stop := poll(t, st, key)
	start := time.Now()
	var children []*exec.Cmd
	for i := range processes {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), environment(key, fmt.Sprintf("p%d", i), url, env...)...)
		child.Stderr = os.Stderr
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child)
	}
	for _, child := range children {
		if err := child.Wait(); err != nil {
			t.Errorf("a publisher failed: %v", err)
		}
	}
	t.Logf("%d publishes in %v, %d looks of a client", processes*publishes, time.Since(start), stop())
	if names := mustCheck(t, st, "x86_64", key); len(names) != processes*publishes {
		t.Errorf("%d of %d packages are in the index: %q", len(names), processes*publishes, names)
	}
}

// Many processes publish into one repository at once: nothing is lost, and a client always sees it whole.
// For several rounds: go test -run TestProcesses -count 5.
func TestProcesses(t *testing.T) {
	t.Run("dir", func(t *testing.T) {
		root := t.TempDir()
		st, err := open.URL(context.Background(), root, open.Config{})
		if err != nil {
			t.Fatal(err)
		}
		many(t, root, nil, st)
	})
	for name, start := range map[string]func(testing.TB) *s3test.Server{"versitygw": s3test.Start, "MinIO": s3test.StartMinIO} {
		t.Run(name, func(t *testing.T) {
			server := start(t)
			t.Run("processes", func(t *testing.T) {
				bucket := server.Bucket(t, "")
				many(t, "s3://"+bucket, server.Env(), server.Store(t, bucket))
			})
			t.Run("large", func(t *testing.T) { largeRace(t, server.Store(t, server.Bucket(t, ""))) })
			t.Run("life", func(t *testing.T) { life(t, server.Store(t, server.Bucket(t, ""))) })
		})
	}
	t.Run("without conditions", func(t *testing.T) {
		server := s3test.Start(t)
		bucket := server.Bucket(t, "")
		many(t, "s3://"+bucket, server.Forgetful(t).Env(), server.Store(t, bucket))
	})
}

// largeRace has publishers put one version with different bytes, above 16 MiB, where the client library would
// choose a multipart upload and let all of them win: one wins, and the others are told.
func largeRace(t *testing.T, st store.Store) {
	t.Helper()
	if raceDetector {
		t.Skip("packing takes minutes under the race detector")
	}
	key := testKey(t)
	content := make([]byte, 18<<20)
	_, _ = rand.NewChaCha8([32]byte{}).Read(content)
	files := make([]string, 4)
	for i := range files {
		content[0] = byte(i)
		var err error
		if files[i], err = pack(t.TempDir(), "large", "1-r0", "x86_64", bytes.Clone(content), key); err != nil {
			t.Fatal(err)
		}
	}
	stop := poll(t, st, key)
	errs := make([]error, len(files))
	var group sync.WaitGroup
	for i := range files {
		group.Go(func() { _, errs[i] = repository.Publish(context.Background(), st, request(key, files[i])) })
	}
	group.Wait()
	stop()
	winner := slices.Index(errs, nil)
	if winner < 0 {
		t.Fatalf("no winner: %v", errs)
	}
	_, sha := fileFacts(t, files[winner])
	for i, err := range errs {
		var different *repository.DifferentError
		if i != winner && (!errors.As(err, &different) || different.Published != sha) {
			t.Errorf("publisher %d, whose bytes are not %s: %v", i, sha, err)
		}
	}
	if names := mustCheck(t, st, "x86_64", key); len(names) != 1 {
		t.Errorf("packages %q", names)
	}
}

// Where conditions are ignored, a package that lost its entry to another writer gets it back, and a stranger's does not.
func TestConverge(t *testing.T) {
	key := testKey(t)
	other := parseKey(t, "other.rsa", newKeyText())
	fake := s3test.StartFake(t)
	fake.Ignore = true
	st := s3test.New(t, fake.Config())
	for _, file := range []string{mustPack(t, "lost", "1-r0", "x86_64", "a", key), mustPack(t, "stranger", "1-r0", "x86_64", "a", other)} {
		c, err := store.FileContent(file)
		if err != nil {
			t.Fatal(err)
		}
		name := file[strings.LastIndexByte(file, '/')+1:]
		for _, dir := range []string{"x86_64/", "x86_64/deeper/", "x86_64/renamed-"} {
			if _, err := st.Put(context.Background(), "v3.24/main/"+dir+name, c, store.PutOptions{}); err != nil {
				t.Fatal(err)
			}
		}
	}
	rep := publish(t, st, request(key, mustPack(t, "new", "1-r0", "x86_64", "a", key)))
	if names := strings.Join(mustCheck(t, st, "x86_64", key), ", "); names != "lost 1-r0, new 1-r0" {
		t.Errorf("packages: %s", names)
	}
	if len(rep.Notes) != 3 {
		t.Errorf("notes: %q", rep.Notes)
	}
}
