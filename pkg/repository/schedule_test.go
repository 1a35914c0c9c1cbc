package repository_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pakman/build/pkg/repository"
	"github.com/pakman/build/pkg/store"
)

// What may happen next to a request of a publisher.
type event string

const (
	served event = "is served"
	lost   event = "is served, its answer is lost, and it is made again" // what store/s3 does
	killed event = "is not made: its publisher is killed"
)

// choice says which of the waiting requests something happens to.
type choice struct {
	call  int // in the order of waiting
	event event
}

// call is one request that waits for its turn.
type call struct {
	who   int
	what  string
	act   func(again bool) (answer string)
	again bool // its answer was lost
	done  chan error
}

var errKilled = errors.New("killed")

// player is one publisher.
type player struct {
	cancel  context.CancelFunc
	killed  bool
	ended   bool
	err     error
	history []string // what it asked and was told, on which alone depends what it does next
}

// told adds to the history. A publisher that converges forgets with each turn of its loops, which begin with a look at
// the indexes, all but the packages that it has read; which loop it is in, the write before tells.
func (p *player) told(line string) {
	isList := func(line string) bool { return strings.HasPrefix(line, "list ") }
	if n := len(p.history); strings.Contains(line, " "+below+"Packages.adb") && !strings.HasPrefix(line, "put ") &&
		slices.ContainsFunc(p.history, isList) {
		wrote, _, _ := strings.Cut(p.history[n-1], ": ")
		p.history = slices.DeleteFunc(p.history, func(old string) bool {
			return !strings.HasPrefix(old, "get ") || !strings.Contains(old, ".apk")
		})
		slices.Sort(p.history)
		p.history = append(slices.Compact(p.history), "list again after "+wrote)
	}
	if n := len(p.history); n > 0 && strings.HasPrefix(line, "stat "+pageKey) && strings.HasPrefix(p.history[n-1], "put "+pageKey) {
		p.history = []string{"the page again"} // WritePage knows nothing of its turns before
	}
	p.history = append(p.history, line)
}

// known is the history, in which the order of requests for different objects does not matter: those that a publisher makes at
// the same time tell it the same in every order.
func (p *player) known() []string {
	object := func(line string) string {
		what, _, _ := strings.Cut(line, ": ")
		_, key, _ := strings.Cut(what, " ")
		key, _, _ = strings.Cut(key, " ")
		return key
	}
	lines := slices.Clone(p.history)
	slices.SortStableFunc(lines, func(a, b string) int { return strings.Compare(object(a), object(b)) })
	return lines
}

// game is publishers at work on one store. Each of their requests waits until it is chosen, so that a list of
// choices makes everything happen again in the same way. It lives in a bubble of synctest.
type game struct {
	*memory
	mu      sync.Mutex
	waiting []*call
	players []*player
	faults  int // that may still happen
	without []string
	// replaced says that packages may change their bytes.
	replaced bool
}

// publishing is what a publisher does.
func publishing(r repository.Request) func(context.Context, store.Store) error {
	return func(ctx context.Context, st store.Store) error {
		_, err := repository.Publish(ctx, st, r)
		return err
	}
}

// start lets the publishers run up to their first requests. No key of without is ever written.
func start(m *memory, faults int, without []string, publishers ...func(context.Context, store.Store) error) *game {
	g := &game{memory: m, faults: faults, without: without}
	for range publishers { // all of them, before the first looks at them
		g.players = append(g.players, &player{})
	}
	for i, work := range publishers {
		p := g.players[i]
		var ctx context.Context
		ctx, p.cancel = context.WithCancel(context.Background())
		go func() {
			err := work(ctx, &turns{memory: m, game: g, who: i})
			g.mu.Lock()
			defer g.mu.Unlock()
			p.err, p.ended = err, true
		}()
	}
	g.settle()
	return g
}

// settle waits until every publisher waits for its turn or has ended; pauses pass in no time.
func (g *game) settle() {
	synctest.Wait()
	for n := range g.players {
		for !g.waits(n) {
			time.Sleep(time.Second)
			synctest.Wait()
		}
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	slices.SortFunc(g.waiting, func(a, b *call) int { return cmp.Or(a.who-b.who, strings.Compare(a.what, b.what)) })
}

// waits reports whether a publisher waits for its turn or has ended.
func (g *game) waits(who int) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.players[who].ended || slices.ContainsFunc(g.waiting, func(c *call) bool { return c.who == who })
}

// choices are all that may happen now and makes a difference. A request that gets the same answer at any time is served at
// once; and a publisher is killed before a write, since before a read it would have done as much.
func (g *game) choices() []choice {
	var all []choice
	for i, c := range g.waiting {
		if g.timeless(c.what) {
			return []choice{{i, served}}
		}
		all = append(all, choice{i, served})
		if g.faults > 0 && strings.HasPrefix(c.what, "put ") {
			all = append(all, choice{i, killed}, choice{i, lost})
		}
	}
	return all
}

// timeless tells of a read of what does not change any more.
func (g *game) timeless(what string) bool {
	method, key, _ := strings.Cut(what, " ")
	_, exists := g.objects[key]
	fixed := exists && (strings.HasPrefix(key, "keys/") || strings.HasSuffix(key, ".apk") && !g.replaced)
	return method == "probe" || (method == "get" || method == "stat") && (fixed || slices.Contains(g.without, key))
}

// do lets one thing happen and returns it in words.
func (g *game) do(c choice) string {
	defer g.settle()
	g.mu.Lock() // a publisher that its timer wakes comes after what was done until now
	defer g.mu.Unlock()
	request := g.waiting[c.call]
	p := g.players[request.who]
	if c.event != served {
		g.faults--
	}
	switch c.event {
	case lost:
		request.act(false)
		request.again = true
	case killed:
		g.kill(request.who)
	case served:
		g.waiting = slices.Delete(g.waiting, c.call, c.call+1)
		p.told(request.what + ": " + request.act(request.again))
		request.done <- nil
	}
	return fmt.Sprintf("%c: %s %s", 'A'+request.who, request.what, c.event)
}

// kill ends a publisher: nothing of it reaches the store any more. g.mu is held.
func (g *game) kill(who int) {
	g.players[who].killed = true
	g.players[who].cancel()
	for _, c := range g.waiting {
		if c.who == who {
			c.done <- errKilled
		}
	}
	g.waiting = slices.DeleteFunc(g.waiting, func(c *call) bool { return c.who == who })
}

// stop ends all.
func (g *game) stop() {
	defer g.settle()
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.players {
		g.kill(i)
	}
}

// state tells this moment from all from which things could go on otherwise.
func (g *game) state() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d\n%s", g.faults, g.text())
	for _, p := range g.players {
		fmt.Fprintf(&b, "%v %v %v\n%s", p.killed, p.ended, p.err, strings.Join(p.known(), "\n"))
	}
	for _, c := range g.waiting {
		fmt.Fprintf(&b, "%d %s %v\n", c.who, c.what, c.again)
	}
	return b.String()
}

// turns is the store as one publisher sees it.
type turns struct {
	*memory
	game *game
	who  int
}

// turn waits for the request's turn.
func (s *turns) turn(what string, act func(again bool) string) error {
	c := &call{who: s.who, what: what, act: act, done: make(chan error, 1)}
	s.game.mu.Lock()
	dead := s.game.players[s.who].killed
	if !dead {
		s.game.waiting = append(s.game.waiting, c)
	}
	s.game.mu.Unlock()
	if dead {
		return errKilled
	}
	return <-c.done
}

func answer(info store.Info, err error) string { return fmt.Sprintf("%s %v", info.ETag, err) }

func (s *turns) Get(ctx context.Context, key string) (r io.ReadCloser, info store.Info, err error) {
	dead := s.turn("get "+key, func(bool) string {
		r, info, err = s.memory.Get(ctx, key)
		return answer(info, err)
	})
	return r, info, cmp.Or(dead, err)
}

func (s *turns) Stat(ctx context.Context, key string) (info store.Info, err error) {
	dead := s.turn("stat "+key, func(bool) string {
		info, err = s.memory.Stat(ctx, key)
		return answer(info, err)
	})
	return info, cmp.Or(dead, err)
}

// Put keeps the promise of store.Store for a lost answer.
func (s *turns) Put(ctx context.Context, key string, c store.Content, o store.PutOptions) (info store.Info, err error) {
	digests, err := store.DigestsOf(c)
	if err != nil {
		return info, err
	}
	dead := s.turn("put "+key+" "+digests.MD5, func(again bool) string {
		info, err = s.memory.Put(ctx, key, c, o)
		if again && errors.Is(err, store.ErrConflict) && etag(s.objects[key]) == digests.MD5 {
			info, err = s.memory.Stat(ctx, key)
		}
		return answer(info, err)
	})
	return info, cmp.Or(dead, err)
}

func (s *turns) Delete(ctx context.Context, key string) (err error) {
	dead := s.turn("delete "+key, func(bool) string {
		err = s.memory.Delete(ctx, key)
		return answer(store.Info{}, err)
	})
	return cmp.Or(dead, err)
}

// List returns all keys of one moment.
func (s *turns) List(ctx context.Context, prefix string) iter.Seq2[store.Info, error] {
	return func(yield func(store.Info, error) bool) {
		var found []store.Info
		err := s.turn("list "+prefix, func(bool) string {
			for info, err := range s.memory.List(ctx, prefix) {
				if err == nil {
					found = append(found, info)
				}
			}
			return fmt.Sprint(found)
		})
		if err != nil {
			yield(store.Info{}, err)
			return
		}
		for _, info := range found {
			if !yield(info, nil) {
				return
			}
		}
	}
}

// Glance returns all objects of one moment.
func (s *turns) Glance(ctx context.Context) (found []store.Info, all bool, err error) {
	dead := s.turn("glance", func(bool) string {
		found, all, err = s.memory.Glance(ctx)
		return fmt.Sprint(found)
	})
	return found, all, cmp.Or(dead, err)
}

func (s *turns) SupportsConditions(context.Context, string, store.Content, store.PutOptions) (honours bool, err error) {
	err = s.turn("probe", func(bool) string {
		honours = !s.ignore
		return fmt.Sprint(honours)
	})
	return honours, err
}

// explore lets everything happen that can, from the state that begin makes, and has look called in each
// state, with what happened until then. It gives the number of different states.
func explore(t *testing.T, begin func() *game, look func(g *game, story []string) error) int {
	t.Helper()
	seen := map[string]bool{}
	todo := [][]choice{nil}
	for len(todo) > 0 && !t.Failed() {
		path := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		synctest.Test(t, func(t *testing.T) {
			g := begin()
			defer g.stop()
			var story []string
			for _, c := range path {
				story = append(story, g.do(c))
			}
			for !seen[g.state()] {
				seen[g.state()] = true
				if err := look(g, story); err != nil {
					t.Errorf("%v\nafter\n\t%s", err, strings.Join(story, "\n\t"))
					return
				}
				choices := g.choices()
				if len(choices) == 0 {
					return
				}
				for _, c := range choices[1:] {
					todo = append(todo, append(slices.Clone(path), c))
				}
				path = append(path, choices[0])
				story = append(story, g.do(choices[0]))
			}
		})
	}
	return len(seen)
}
