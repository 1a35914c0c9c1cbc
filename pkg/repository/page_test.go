package repository_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3/s3test"
	"github.com/pakman/build/pkg/store/storetest"
)

const pageKey = "v3.24/main/index.html"

// plain is a page that says little.
func plain(c *repository.Contents) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintln(&b, c.URL)
	for _, k := range c.Keys {
		fmt.Fprintln(&b, k.Name, k.Fingerprint(), k.URL)
	}
	for _, x := range c.Indexes {
		for _, e := range x.Entries {
			fmt.Fprintln(&b, x.Arch, e.Name, e.Version)
		}
	}
	return []byte(b.String()), nil
}

func writePage(t testing.TB, st store.Store) {
	t.Helper()
	if _, err := repository.WritePage(context.Background(), st, main, nil, plain); err != nil {
		t.Fatal(err)
	}
}

// The page tells what all indexes and keys say, as they are, and is written only when that changes.
func TestPage(t *testing.T) {
	server := s3test.Start(t)
	for name, st := range map[string]store.Store{"dir": newDir(t), "versitygw": server.Store(t, server.Bucket(t, ""))} {
		t.Run(name, func(t *testing.T) {
			key, second := testKey(t), parseKey(t, "acme-2.rsa", newKeyText())
			writePage(t, st)
			if _, err := st.Stat(context.Background(), pageKey); !errors.Is(err, store.ErrNotFound) {
				t.Fatalf("a page of nothing: %v", err)
			}
			publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "1", key),
				mustPack(t, "blog", "1.0-r0", "aarch64", "1", key)))
			writePage(t, st)
			r := request(key, mustPack(t, "shop", "2.0-r0", "aarch64", "2", key, second))
			r.Keys = append(r.Keys, second)
			publish(t, st, r)
			writePage(t, st)
			want := fmt.Sprintf(
				"%s\nacme-2.rsa.pub %s %s\nacme-blog.rsa.pub %s %s\naarch64 blog 1.0-r0\naarch64 shop 2.0-r0\nx86_64 blog 1.0-r0\n",
				st.URL("v3.24/main"),
				second.Public().Fingerprint(), st.URL("keys/acme-2.rsa.pub"), key.Public().Fingerprint(), st.URL("keys/acme-blog.rsa.pub"))
			if diff := cmp.Diff(want, contents(t, st)[pageKey]); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			counted := store.Count(st)
			writePage(t, counted)
			if sent := counted.Traffic().Sent; sent != 0 {
				t.Errorf("%d bytes were sent though nothing had changed", sent)
			}
		})
	}
}

// Browsers show the page instead of saving it, and ask whether it is still true.
func TestPageHeaders(t *testing.T) {
	fake := s3test.StartFake(t)
	st := s3test.New(t, fake.Config())
	publish(t, st, request(testKey(t), mustPack(t, "blog", "1.0-r0", "x86_64", "1", testKey(t))))
	var sent http.Header
	fake.Inject(func(r *http.Request) *s3test.Fault {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, pageKey) {
			sent = r.Header.Clone()
		}
		return nil
	})
	writePage(t, st)
	if sent.Get("Content-Type") != "text/html; charset=utf-8" || sent.Get("Cache-Control") != "no-cache" {
		t.Errorf("%v", sent)
	}
}

// What no key in keys/ has signed is not shown as the repository's.
func TestPageOfForeignIndex(t *testing.T) {
	st, key := newDir(t), testKey(t)
	publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "1", key)))
	if err := st.Delete(context.Background(), "keys/acme-blog.rsa.pub"); err != nil {
		t.Fatal(err)
	}
	_, err := repository.WritePage(context.Background(), st, main, nil, plain)
	if err == nil || !strings.Contains(err.Error(), `signed by acme-blog.rsa.pub, and keys/ holds none of these`) {
		t.Errorf("%v", err)
	}
	if _, err := st.Stat(context.Background(), pageKey); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("a page was written: %v", err)
	}
}

// TestPageInEveryOrder explores WritePage as TestEveryOrder does Publish: two publishers of two architectures, each of whom writes the
// page in the end. Where conditions are honoured, a publisher who was told that all is well is on the page from then on; everywhere
// the page says in the end what the indexes say, or the next publish brings it there when one was killed.
func TestPageInEveryOrder(t *testing.T) {
	key := testKey(t)
	requests := []repository.Request{request(key, mustPack(t, "blog", "1-r0", "x86_64", "", key)),
		request(key, mustPack(t, "blog", "1-r0", "aarch64", "", key))}
	there := request(key, mustPack(t, "old", "1-r0", "x86_64", "", key), mustPack(t, "old", "1-r0", "aarch64", "", key))
	there.WithoutADB = true
	var never []string
	for _, arch := range apk.Arches() {
		dir := "v3.24/main/" + arch + "/"
		never = append(never, dir+"retired.json", dir+"Packages.adb")
		if arch != "x86_64" && arch != "aarch64" {
			never = append(never, dir+"APKINDEX.tar.gz")
		}
	}
	for _, ignore := range []bool{false, true} {
		faults := 1
		if ignore && os.Getenv("REPOSITORY_TEST_ALL") == "" {
			faults = 0 // with one there are 21,000 states
		}
		t.Run(fmt.Sprintf("ignore=%v", ignore), func(t *testing.T) {
			first := &memory{objects: map[string]string{}}
			old := publish(t, first, there).Written
			first.ignore = ignore
			var work []func(context.Context, store.Store) error
			for _, r := range requests {
				index, text, written := indexAfter(t, first, r) // how it comes to be is TestEveryOrder's
				for _, x := range old {                         // the other's is not there any more, from some moment on
					if x.Arch != written[0].Arch {
						written = append(written, x)
					}
				}
				work = append(work, func(ctx context.Context, st store.Store) error {
					if _, err := st.Put(ctx, index, store.BytesContent(text), store.PutOptions{}); err != nil {
						return err
					}
					_, err := repository.WritePage(ctx, st, main, written, plain)
					return err
				})
			}
			begin := func() *game {
				return start(&memory{objects: maps.Clone(first.objects), ignore: ignore}, faults, never, work...)
			}
			ends := 0
			states := explore(t, begin, func(g *game, _ []string) error {
				page, ended, killed := g.objects[pageKey], true, false
				for i, p := range g.players {
					ended = ended && (p.ended || p.killed)
					killed = killed || p.killed
					if p.ended && p.err != nil && !p.killed {
						return p.err
					}
					if name := []string{"x86_64 blog", "aarch64 blog"}[i]; !ignore && p.ended && !p.killed &&
						!strings.Contains(page, name) {
						return fmt.Errorf("%s was published and is not on the page:\n%s", name, page)
					}
				}
				if !ended {
					return nil
				}
				ends++
				m := &memory{objects: maps.Clone(g.objects), ignore: ignore}
				if _, err := repository.WritePage(context.Background(), m, main, nil, plain); err != nil {
					return err
				}
				if !killed && m.objects[pageKey] != page {
					return fmt.Errorf("in the end the page is\n%s\ninstead of\n%s", page, m.objects[pageKey])
				}
				return nil
			})
			t.Logf("%d states, %d ends", states, ends)
			if states < 100 || ends < 2 {
				t.Error("that is too little")
			}
		})
	}
}

// indexAfter returns the index that a publish of r to what is there leaves, its key, and what it hands to WritePage.
func indexAfter(t *testing.T, there *memory, r repository.Request) (key string, text []byte, written []repository.Written) {
	t.Helper()
	after := &memory{objects: maps.Clone(there.objects)}
	r.WithoutADB = true
	done := publish(t, after, r)
	key = "v3.24/main/" + done.Packages[0].Arch + "/APKINDEX.tar.gz"
	return key, []byte(after.objects[key]), done.Written
}

// A page that others change all the time is given up in the end, and never changes what a publish gives.
func TestPageGivesUp(t *testing.T) {
	st, key := newDir(t), testKey(t)
	publish(t, st, request(key, mustPack(t, "blog", "1.0-r0", "x86_64", "1", key)))
	ctx, cancel := context.WithTimeout(context.Background(), 300*time.Millisecond)
	defer cancel()
	if _, err := repository.WritePage(ctx, contested{st}, main, nil, plain); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
}

// contested is a store in which the page is always another one than was read.
type contested struct{ store.Store }

func (c contested) Put(context.Context, string, store.Content, store.PutOptions) (store.Info, error) {
	return store.Info{}, store.ErrConflict
}

// The page is written while the index may be read again, because another writes Packages.adb. What a publisher has written
// itself it need not read again.
func TestPageBesideADB(t *testing.T) {
	key := testKey(t)
	for _, lost := range []int{0, 2} {
		st := &losing{Store: newDir(t)}
		for i := range 3 {
			r := request(key, mustPack(t, "blog", fmt.Sprintf("1-r%d", i/2), "x86_64", fmt.Sprint(i), key))
			r.Overwrite, r.Page, st.lose = true, plain, lost
			if rep := publish(t, st, r); rep.Page != nil {
				t.Fatal(rep.Page)
			}
			mustCheck(t, st, "x86_64", key)
		}
		if page, _ := storetest.Read(t, st, pageKey); !strings.Contains(page, "x86_64 blog 1-r1") || st.lost != 3*lost {
			t.Errorf("%d writes of Packages.adb of 3 times %d were lost, and the page is\n%s", st.lost, lost, page)
		}
	}
}

// losing is a store in which another writes Packages.adb first.
type losing struct {
	store.Store
	lose, lost int
}

func (s *losing) Put(ctx context.Context, key string, content store.Content, o store.PutOptions) (store.Info, error) {
	if key != adbKey {
		return s.Store.Put(ctx, key, content, o)
	}
	if s.lose > 0 {
		s.lose--
		s.lost++
		return store.Info{}, fmt.Errorf("%s: %w", key, store.ErrConflict)
	}
	info, err := s.Store.Put(ctx, key, content, o)
	if errors.Is(err, store.ErrConflict) {
		s.lost++
	}
	return info, err
}
