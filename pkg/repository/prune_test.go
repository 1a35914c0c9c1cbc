package repository_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

const day = 24 * time.Hour

func TestRetention(t *testing.T) {
	now := time.Unix(1700000000, 0).Add(100 * day)
	x := &index.Index{}
	files := map[string]store.Info{}
	add := func(name, version string, days int, depends ...string) {
		x.Put(index.Entry{Info: apk.Info{Name: name, Version: version, BuildDate: now.Add(-time.Duration(days) * day).Unix(),
			Depends: depends}})
	}
	add("blog", "1.9-r0", 90)
	add("blog", "1.10_rc1-r0", 60)
	add("blog", "1.10-r0", 50)
	add("blog", "1.10-r2", 40)
	add("blog", "1.10-r11", 30)
	add("once", "1-r0", 99)
	files["blog-1.9-r0.apk"] = store.Info{Modified: now.Add(-2 * day)} // built long ago, and published now
	for name, c := range map[string]struct {
		keep repository.Retention
		want string // what leaves
	}{
		"no limit":  {repository.Retention{}, ""},
		"newest":    {repository.Retention{Keep: 1}, "1.9-r0 1.10_rc1-r0 1.10-r0 1.10-r2"},
		"three":     {repository.Retention{Keep: 3}, "1.9-r0 1.10_rc1-r0"},
		"many":      {repository.Retention{Keep: 9}, ""},
		"days":      {repository.Retention{KeepDays: 45}, "1.10_rc1-r0 1.10-r0"},
		"few days":  {repository.Retention{KeepDays: 1}, "1.9-r0 1.10_rc1-r0 1.10-r0 1.10-r2"},
		"both":      {repository.Retention{Keep: 2, KeepDays: 55}, "1.10_rc1-r0"},
		"much time": {repository.Retention{Keep: 1, KeepDays: 1000}, ""},
	} {
		var got []string
		for _, e := range c.keep.Leaving(x, files, now, func(index.Entry) bool { return false }) {
			got = append(got, e.Version)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q leave, want %q", name, got, c.want)
		}
	}
	add("app", "5-r0", 1, "so:libc.so.6", "blog=1.10-r0")
	add("blog", "1.10-r0", 50, "once=1-r0", "base=3-r0")
	add("base", "3-r0", 50)
	add("base", "4-r0", 50)
	spared := func(e index.Entry) bool { return e.Version == "1.10_rc1-r0" }
	var got []string
	for _, e := range (repository.Retention{Keep: 1}).Leaving(x, nil, now, spared) {
		got = append(got, e.Name+" "+e.Version)
	}
	if diff := cmp.Diff([]string{"blog 1.9-r0", "blog 1.10-r2"}, got); diff != "" {
		t.Errorf("with dependencies and a spared one, want -, got +:\n%s", diff)
	}
}

// blogs packs blog 1.0 to 1.4.
func blogs(t *testing.T) (files []string) {
	t.Helper()
	for i := range 5 {
		files = append(files, mustPack(t, "blog", fmt.Sprintf("1.%d-r0", i), "noarch", fmt.Sprint("content ", i), testKey(t)))
	}
	return files
}

// versions publishes them for two architectures.
func versions(t *testing.T, st store.Store, files []string) {
	t.Helper()
	r := request(testKey(t), files...)
	r.NoarchFor = []string{"x86_64", "aarch64"}
	publish(t, st, r)
}

func pruning(t *testing.T, later time.Duration) repository.PruneRequest {
	t.Helper()
	return repository.PruneRequest{
		Keys: []*apk.PrivateKey{testKey(t)}, Retention: repository.Retention{Keep: 2},
		Now: func() time.Time { return time.Now().Add(later) },
	}
}

func prune(t *testing.T, st store.Store, r repository.PruneRequest) *repository.PruneReport {
	t.Helper()
	rep, err := repository.Prune(context.Background(), st, r)
	if err != nil {
		t.Fatal(err)
	}
	return rep
}

func fileNames(list []repository.Pruned) string {
	var names []string
	for _, p := range list {
		names = append(names, path.Base(path.Dir(p.URL))+"/"+path.Base(p.URL))
	}
	return strings.Join(names, " ")
}

// wantPackages sees what index and store hold of blog for x86_64.
func wantPackages(t *testing.T, st store.Store, listed, there string) {
	t.Helper()
	var minor []string
	for _, name := range mustCheck(t, st, "x86_64", testKey(t)) {
		minor = append(minor, strings.TrimSuffix(strings.TrimPrefix(name, "blog 1."), "-r0"))
	}
	if got := strings.Join(minor, " "); got != listed {
		t.Errorf("listed %q, want %q", got, listed)
	}
	minor = nil
	for _, key := range storetest.Keys(t, st, dirX86+"blog-") {
		minor = append(minor, strings.TrimSuffix(strings.TrimPrefix(key, dirX86+"blog-1."), "-r0.apk"))
	}
	if got := strings.Join(minor, " "); got != there {
		t.Errorf("there are %q, want %q", got, there)
	}
}

func TestPrune(t *testing.T) {
	for name, start := range map[string]func(*testing.T) store.Store{
		"dir": func(t *testing.T) store.Store {
			t.Helper()
			return newDir(t)
		},
		"fake": func(t *testing.T) store.Store {
			t.Helper()
			return s3test.New(t, s3test.StartFake(t).Config())
		},
		"versitygw": func(t *testing.T) store.Store {
			t.Helper()
			server := s3test.Start(t)
			return server.Store(t, server.Bucket(t, ""))
		},
	} {
		t.Run(name, func(t *testing.T) {
			st := start(t)
			files := blogs(t)
			versions(t, st, files)
			dry := pruning(t, 0)
			dry.DryRun, dry.Keys = true, nil
			before := contents(t, st)
			want := "aarch64/blog-1.0-r0.apk aarch64/blog-1.1-r0.apk aarch64/blog-1.2-r0.apk x86_64/blog-1.0-r0.apk " +
				"x86_64/blog-1.1-r0.apk x86_64/blog-1.2-r0.apk"
			if rep := prune(t, st, dry); fileNames(rep.Retired) != want || rep.Retired[0].Size == 0 {
				t.Errorf("dry run: %+v", rep)
			}
			if diff := cmp.Diff(before, contents(t, st)); diff != "" {
				t.Errorf("a dry run changed:\n%s", diff)
			}

			if rep := prune(t, st, pruning(t, 0)); fileNames(rep.Retired) != want || len(rep.Deleted)+len(rep.Waiting) != 0 {
				t.Errorf("first prune: %+v", rep)
			}
			wantPackages(t, st, "3 4", "0 1 2 3 4")
			if rep := prune(t, st, pruning(t, 23*time.Hour)); len(rep.Retired)+len(rep.Deleted) != 0 || fileNames(rep.Waiting) != want {
				t.Errorf("in the grace: %+v", rep)
			}
			wantPackages(t, st, "3 4", "0 1 2 3 4")

			// One is published again, by number, and stays although its time is over.
			publish(t, st, request(testKey(t), files[1]))
			after := pruning(t, 25*time.Hour)
			after.Keep = 3
			dry.Now, dry.Keep = after.Now, 3
			want = "aarch64/blog-1.0-r0.apk aarch64/blog-1.1-r0.apk aarch64/blog-1.2-r0.apk x86_64/blog-1.0-r0.apk x86_64/blog-1.2-r0.apk"
			if rep := prune(t, st, dry); fileNames(rep.Deleted) != want {
				t.Errorf("dry run of the end: %+v", rep)
			}
			if rep := prune(t, st, after); fileNames(rep.Deleted) != want || len(rep.Retired)+len(rep.Waiting) != 0 {
				t.Errorf("the end: %+v", rep)
			}
			wantPackages(t, st, "1 3 4", "1 3 4")
			if text, _ := storetest.Read(t, st, dirX86+"retired.json"); strings.Contains(text, "blog") {
				t.Errorf("still remembered: %s", text)
			}
			if rep := prune(t, st, after); len(rep.Retired)+len(rep.Waiting)+len(rep.Deleted) != 0 || rep.Traffic.Sent > 3000 {
				t.Errorf("nothing is left to do: %+v", rep)
			}
			v, err := repository.Verify(context.Background(), st, repository.Audit{})
			if err != nil || len(v.Faults)+len(v.Notes) != 0 {
				t.Errorf("%+v, %v", v, err)
			}
		})
	}
}

func TestPruneRefuses(t *testing.T) {
	st := newDir(t)
	versions(t, st, blogs(t))
	before := contents(t, st)
	for want, change := range map[string]func(*repository.PruneRequest){
		"too short":              func(r *repository.PruneRequest) { r.Grace = time.Minute },
		"must not be negative":   func(r *repository.PruneRequest) { r.Keep = -1 },
		"a key is needed":        func(r *repository.PruneRequest) { r.Keys = nil },
		"there is no repository": func(r *repository.PruneRequest) { r.Branch = "v3.1" },
		"none of which is one of our keys": func(r *repository.PruneRequest) {
			r.Keys = []*apk.PrivateKey{parseKey(t, "other.rsa", newKeyText())}
		},
	} {
		r := pruning(t, 0)
		change(&r)
		if _, err := repository.Prune(context.Background(), st, r); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if diff := cmp.Diff(before, contents(t, st)); diff != "" {
		t.Errorf("written:\n%s", diff)
	}
	spared := pruning(t, 0)
	spared.Keep, spared.Spared = 1, []string{dirX86 + "blog-1.0-r0.apk"}
	prune(t, st, spared)
	wantPackages(t, st, "0 4", "0 1 2 3 4")
}

// Files that were never in an index go only when that is asked for, and take the same time.
func TestPruneUnreferenced(t *testing.T) {
	st := newDir(t)
	versions(t, st, blogs(t))
	if _, err := storetest.Put(st, dirX86+"stray-1-r0.apk", "x", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	r := pruning(t, 25*time.Hour)
	r.Keep = 5
	if rep := prune(t, st, r); len(rep.Waiting) != 0 {
		t.Errorf("%+v", rep)
	}
	r.Unreferenced = true
	if rep := prune(t, st, r); fileNames(rep.Waiting) != "x86_64/stray-1-r0.apk" {
		t.Errorf("%+v", rep)
	}
	r.Now = func() time.Time { return time.Now().Add(50 * time.Hour) }
	if rep := prune(t, st, r); fileNames(rep.Deleted) != "x86_64/stray-1-r0.apk" {
		t.Errorf("%+v", rep)
	}
	wantPackages(t, st, "0 1 2 3 4", "0 1 2 3 4")
}

// A prune that is killed before any of its requests, or after one without its answer, leaves the repository whole, and the
// next one completes it.
func TestPruneKilled(t *testing.T) {
	repository.ShortenDeletions(t, 0)
	files, next := blogs(t), mustPack(t, "blog", "1.5-r0", "x86_64", "5", testKey(t))
	for after := 0; ; after++ {
		fake := s3test.StartFake(t)
		st := s3test.New(t, fake.Config())
		versions(t, st, files)
		prune(t, st, pruning(t, 0))
		publish(t, st, request(testKey(t), next))
		ctx, cancel := context.WithCancel(context.Background())
		var mu sync.Mutex
		n := 0
		fake.Inject(func(*http.Request) *s3test.Fault {
			mu.Lock()
			defer mu.Unlock()
			if n++; n > after/2 {
				cancel()
				last := after%2 == 1 && n == after/2+1
				return &s3test.Fault{Lose: last, Status: map[bool]int{false: 500}[last]}
			}
			return nil
		})
		_, err := repository.Prune(ctx, s3test.New(t, fake.Config()), pruning(t, 25*time.Hour))
		cancel()
		fake.Inject(nil)
		for _, arch := range []string{"x86_64", "aarch64"} { // Packages.adb may be behind
			if _, err := check(st, arch, testKey(t), map[string]bool{}); err != nil {
				t.Fatalf("killed at %d: %v", after, err)
			}
		}
		prune(t, st, pruning(t, 25*time.Hour))
		prune(t, st, pruning(t, 50*time.Hour))
		wantPackages(t, st, "4 5", "4 5")
		if err == nil {
			if after < 20 {
				t.Errorf("pruning took only %d requests", after/2)
			}
			return
		}
		if after > 200 {
			t.Fatal("pruning never ends")
		}
	}
}

// interleave runs first, and second from before the nth request of first on, for every n. Second has the time to end
// before first goes on, unless it waits for it.
func interleave(t *testing.T, prepare func(store.Store), first, second func(store.Store) error, check func(*testing.T, store.Store)) {
	t.Helper()
	for at := int64(1); ; at++ {
		fake := s3test.StartFake(t)
		st := s3test.New(t, fake.Config())
		prepare(st)
		var n atomic.Int64
		ended := make(chan error, 1)
		fake.Inject(func(*http.Request) *s3test.Fault {
			if n.Add(1) != at {
				return nil
			}
			done := make(chan struct{})
			go func() {
				defer close(done)
				ended <- second(s3test.New(t, fake.Config()))
			}()
			select {
			case <-done:
			case <-time.After(200 * time.Millisecond):
			}
			return nil
		})
		err := first(s3test.New(t, fake.Config()))
		if n.Load() < at {
			if at < 8 {
				t.Errorf("only %d requests", at)
			}
			return
		}
		if err = errors.Join(err, <-ended); err != nil {
			t.Errorf("at request %d: %v", at, err)
		}
		check(t, st)
	}
}

// A package that is published again while a prune is about to delete it, is in the index and in the store in the end,
// whichever of the two comes first at whatever moment.
func TestPruneAgainstPublish(t *testing.T) {
	files, newest := blogs(t), mustPack(t, "blog", "1.9-r0", "x86_64", "9", testKey(t))
	prepare := func(st store.Store) {
		versions(t, st, files)
		prune(t, st, pruning(t, 0)) // 1.0 to 1.2 have left the index
	}
	publishing := func(file string) func(store.Store) error {
		return func(st store.Store) error {
			_, err := repository.Publish(context.Background(), st, request(testKey(t), file))
			return err
		}
	}
	pruningAt := func(r repository.PruneRequest) func(store.Store) error {
		return func(st store.Store) error {
			_, err := repository.Prune(context.Background(), st, r)
			return err
		}
	}
	bury := pruning(t, 25*time.Hour)
	bury.Keep = 0
	check := func(t *testing.T, st store.Store) {
		t.Helper()
		names := mustCheck(t, st, "x86_64", testKey(t)) // also fetches every package
		if !slices.Contains(names, "blog 1.0-r0") {
			t.Errorf("what was published again is not in the index: %q", names)
		}
	}
	t.Run("publish within prune", func(t *testing.T) { interleave(t, prepare, pruningAt(bury), publishing(files[0]), check) })
	t.Run("prune within publish", func(t *testing.T) { interleave(t, prepare, publishing(files[0]), pruningAt(bury), check) })
	all := func(st store.Store) { versions(t, st, files) }
	check = func(t *testing.T, st store.Store) {
		t.Helper()
		if names := mustCheck(t, st, "x86_64", testKey(t)); !slices.Contains(names, "blog 1.9-r0") || len(names) > 3 {
			t.Errorf("in the index: %q", names)
		}
	}
	t.Run("retire within publish", func(t *testing.T) { interleave(t, all, publishing(newest), pruningAt(pruning(t, 0)), check) })
	t.Run("publish within retire", func(t *testing.T) { interleave(t, all, pruningAt(pruning(t, 0)), publishing(newest), check) })
}

// A publisher does not wait for ever for a prune that was killed while it deleted.
func TestPruneLeavesMark(t *testing.T) {
	repository.ShortenDeletions(t, 100*time.Millisecond)
	st := newDir(t)
	files := blogs(t)
	versions(t, st, files)
	prune(t, st, pruning(t, 0))
	overwrite(t, st, dirX86+"retired.json", func(text string) string {
		return strings.Replace(text, `"left"`, `"deleting": "2026-01-02T03:04:05.000000006Z", "left"`, 1)
	})
	if err := st.Delete(context.Background(), dirX86+"blog-1.0-r0.apk"); err != nil {
		t.Fatal(err)
	}
	begin := time.Now()
	publish(t, st, request(testKey(t), files[0]))
	if waited := time.Since(begin); waited < 100*time.Millisecond {
		t.Errorf("waited %v only", waited)
	}
	wantPackages(t, st, "0 3 4", "0 1 2 3 4")
}

// Where conditions are ignored, what was retired stays out of the index that publishers converge to, and is deleted
// only when nobody publishes.
func TestPruneConverging(t *testing.T) {
	fake := s3test.StartFake(t)
	fake.Ignore = true
	st := s3test.New(t, fake.Config())
	files := blogs(t)
	versions(t, st, files)
	prune(t, st, pruning(t, 0))
	publish(t, st, request(testKey(t), mustPack(t, "blog", "1.5-r0", "x86_64", "5", testKey(t))))
	wantPackages(t, st, "3 4 5", "0 1 2 3 4 5")

	r := pruning(t, 25*time.Hour)
	rep := prune(t, st, r)
	if len(rep.Deleted) != 0 || len(rep.Notes) != 2 || !strings.Contains(rep.Notes[0], "--alone") {
		t.Errorf("%+v", rep)
	}
	wantPackages(t, st, "4 5", "0 1 2 3 4 5")
	publish(t, st, request(testKey(t), files[0]))
	wantPackages(t, st, "0 4 5", "0 1 2 3 4 5")
	r.Alone, r.Keep = true, 3
	prune(t, st, r)
	wantPackages(t, st, "0 4 5", "0 3 4 5")
}

// Publishers and prunes at work at once lose nothing, and a client sees a whole repository at every moment.
func TestPruneRace(t *testing.T) {
	st := newDir(t)
	key := testKey(t)
	stop := poll(t, st, key)
	var group sync.WaitGroup
	for i := range 4 {
		group.Go(func() {
			for j := range 6 {
				file, err := pack(t.TempDir(), fmt.Sprint("p", i), fmt.Sprintf("1.%d-r0", j), "x86_64", []byte("x"), key)
				if err == nil {
					_, err = repository.Publish(context.Background(), st, request(key, file))
				}
				if err == nil {
					_, err = repository.Prune(context.Background(), st, pruning(t, 0))
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	stop()
	want := []string{}
	for i := range 4 {
		want = append(want, fmt.Sprintf("p%d 1.4-r0", i), fmt.Sprintf("p%d 1.5-r0", i))
	}
	if diff := cmp.Diff(want, mustCheck(t, st, "x86_64", key)); diff != "" {
		t.Errorf("want -, got +:\n%s", diff)
	}
	if rep := prune(t, st, pruning(t, 25*time.Hour)); len(rep.Deleted) != 16 {
		t.Errorf("%d are deleted, not 16", len(rep.Deleted))
	}
}

func TestPruneDamagedMemory(t *testing.T) {
	st := newDir(t)
	versions(t, st, blogs(t))
	if _, err := storetest.Put(st, dirX86+"retired.json", "[", store.PutOptions{}); err != nil {
		t.Fatal(err)
	}
	var invalid *repository.InvalidError
	if _, err := repository.Prune(context.Background(), st, pruning(t, 0)); !errors.As(err, &invalid) ||
		!strings.Contains(err.Error(), "retired.json: it is damaged") {
		t.Errorf("%v", err)
	}
}
