package repository_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
)

const below = "v3.24/main/x86_64/"

// scene is two publishers that begin at one moment.
type scene struct {
	name     string
	there    []string // packages that are published already
	publish  [2]string
	override bool // with Overwrite
	// weaker says that one version has different content in the end, and that a store without conditions does not promise
	// an index that is right at every moment then.
	weaker bool
	adb    bool // with Packages.adb
}

// TestEveryOrder explores the protocol: the very code of Publish, for two publishers, with their requests in every
// order, and with every single fault at every request: the publisher is killed, or its answer is
// lost, so that the store client makes the request again. In each state the repository must be one that
// clients can use, and whatever happened, publishing again must complete it. The scenes with the most states take
// minutes and are left out unless REPOSITORY_TEST_ALL is set, as are the faults of stores that ignore conditions. Under the
// race detector, which makes each state several times as expensive, there are all orders but no faults, on a store that honours
// conditions: what it looks for is between the goroutines of one publisher, which run in every order.
func TestEveryOrder(t *testing.T) {
	all := os.Getenv("REPOSITORY_TEST_ALL") != ""
	key := testKey(t)
	files := map[string]string{}
	for _, name := range []string{"old", "a", "b", "a changed"} {
		plain, content, _ := strings.Cut(name, " ")
		files[name] = mustPack(t, plain, "1-r0", "x86_64", content, key)
	}
	for _, s := range []scene{
		{name: "first packages", publish: [2]string{"a", "b"}},
		{name: "new packages", there: []string{"old"}, publish: [2]string{"a", "b"}},
		{name: "the same package", there: []string{"old"}, publish: [2]string{"a", "a"}},
		{name: "different bytes", there: []string{"old"}, publish: [2]string{"a", "a changed"}, weaker: true},
		{name: "overwriting", there: []string{"a"}, publish: [2]string{"a changed", "b"}, override: true, weaker: true},
		{name: "new packages, two indexes", there: []string{"old"}, publish: [2]string{"a", "b"}, adb: true},
		{name: "overwriting, two indexes", there: []string{"a"}, publish: [2]string{"a changed", "b"}, override: true, weaker: true,
			adb: true},
	} {
		for _, ignore := range []bool{false, true} {
			large := s.adb && s.override || ignore && (s.adb || s.override || len(s.there) == 0 || testing.Short() || raceDetector)
			if large && !all {
				continue
			}
			t.Run(fmt.Sprintf("%s, ignore=%v", s.name, ignore), func(t *testing.T) {
				t.Parallel()
				e := &exploration{scene: s, ignore: ignore, key: key, files: files, sound: map[string]error{}, faults: 1}
				least := 100
				switch {
				case raceDetector:
					e.faults, least = 0, 20
				case ignore && !all:
					e.faults = 0 // with one there are three times as many states
				}
				begun := time.Now()
				states := explore(t, e.begin, e.look)
				t.Logf("%d states, %d of the store, %d ends, in %v", states, len(e.sound), e.ends, time.Since(begun))
				if states < least || e.ends < 2 {
					t.Errorf("only %d states and %d ends", states, e.ends)
				}
			})
		}
	}
}

type exploration struct {
	scene
	ignore bool
	key    *apk.PrivateKey
	files  map[string]string
	sound  map[string]error // by the state of the store
	first  map[string]string
	faults int // that may happen
	ends   int
}

func (e *exploration) request(name string) repository.Request {
	r := request(e.key, e.files[name])
	r.Overwrite, r.WithoutADB = e.override, !e.adb
	r.Deadline = 24 * time.Hour // of a clock that runs while all wait
	return r
}

// begin publishes what is there, once, and starts the two.
func (e *exploration) begin() *game {
	m := &memory{objects: map[string]string{}, ignore: e.ignore}
	if e.first == nil {
		for _, name := range e.there {
			if _, err := repository.Publish(context.Background(), m, e.request(name)); err != nil {
				panic(err)
			}
		}
		e.first = maps.Clone(m.objects)
	}
	m.objects = maps.Clone(e.first)
	without := []string{below + "retired.json"}
	if !e.adb {
		without = append(without, below+"Packages.adb")
	}
	g := start(m, e.faults, without, publishing(e.request(e.publish[0])), publishing(e.request(e.publish[1])))
	g.replaced = e.override || e.weaker
	return g
}

// look is a client that comes by.
func (e *exploration) look(g *game, _ []string) error {
	ended := true
	for _, p := range g.players {
		ended = ended && (p.ended || p.killed)
	}
	text := g.text()
	err, known := e.sound[text]
	if !known {
		_, err = check(g.memory, "x86_64", e.key, map[string]bool{})
		e.sound[text] = err
	}
	// Where conditions are ignored, an index may be wrong for a moment in the scenes that are known for it.
	excused := e.ignore && e.weaker && (!ended || g.faults < e.faults || e.override)
	if err != nil && !excused {
		return err
	}
	if !e.ignore {
		if err := e.kept(g); err != nil {
			return err
		}
	}
	if !ended {
		return nil
	}
	e.ends++
	return e.end(g)
}

// kept wants the packages of those who were told that all is well.
func (e *exploration) kept(g *game) error {
	for i, p := range g.players {
		if p.ended && p.err == nil && !e.listed(g.memory, e.publish[i]) {
			return fmt.Errorf("publisher %c has published %s, and it is not in the index", 'A'+i, e.publish[i])
		}
	}
	return nil
}

// listed reports whether the very package is there and in the index.
func (e *exploration) listed(m *memory, name string) bool {
	p, err := apk.ReadFile(e.files[name])
	if err != nil {
		panic(err)
	}
	content, err := os.ReadFile(e.files[name])
	if err != nil {
		panic(err)
	}
	x, err := repository.List(context.Background(), m, main, "x86_64", e.key.Public())
	if err != nil || m.objects[below+p.Info.Filename()] != string(content) {
		return false
	}
	i := x.Find(p.Info.Name, p.Info.Version)
	return i >= 0 && x.Entries[i].Checksum == p.Checksum
}

// end wants what is promised when nobody is at work any more, then publishes again what did not end well.
func (e *exploration) end(g *game) error {
	var again []string
	for i, p := range g.players {
		var different *repository.DifferentError
		switch {
		case p.killed:
			again = append(again, e.publish[i])
		case errors.As(p.err, &different) && e.name == "different bytes":
		case p.err != nil:
			return fmt.Errorf("publisher %c failed: %w", 'A'+i, p.err)
		}
	}
	if e.override && e.ignore { // no other publisher may be at work there; but publishing again always corrects it
		again = append(again, e.publish[0])
	}
	if len(again) == 0 && e.name != "different bytes" {
		for _, name := range e.publish {
			if !e.listed(g.memory, name) {
				return fmt.Errorf("%s is not in the index in the end", name)
			}
		}
	}
	if e.name == "different bytes" {
		if err := e.oneWins(g, len(again) > 0); err != nil {
			return err
		}
	}
	m := &memory{objects: maps.Clone(g.objects), ignore: e.ignore}
	for _, name := range again {
		var different *repository.DifferentError
		_, err := repository.Publish(context.Background(), m, e.request(name))
		loser := errors.As(err, &different) && e.name == "different bytes"
		if err != nil && !loser {
			return fmt.Errorf("publishing %s again: %w", name, err)
		}
	}
	names, err := check(m, "x86_64", e.key, map[string]bool{})
	if want := e.all(); err != nil || !slices.Equal(names, want) {
		return fmt.Errorf("completed: %q instead of %q, %w", names, want, err)
	}
	if file, err := readADB(context.Background(), m, "x86_64", e.key); err != nil || (file != nil) != e.adb {
		return fmt.Errorf("completed: Packages.adb is there: %v, %w", file != nil, err)
	} else if e.adb && file.Block.Slots(file.Block.Slots(file.Block.Root()).At(2)).Len() != len(names) {
		return errors.New("completed: Packages.adb lists other packages than the index")
	}
	return nil
}

// oneWins wants one winner of one version, and where conditions are honoured the other one told.
func (e *exploration) oneWins(g *game, killed bool) error {
	a, b := g.players[0], g.players[1]
	if !e.ignore && a.ended && b.ended && a.err == nil && b.err == nil {
		return errors.New("both have published different content of one version")
	}
	if !killed && a.err != nil && b.err != nil {
		return fmt.Errorf("nobody wins: %w, %w", a.err, b.err)
	}
	return nil
}

// all are the packages that the index lists in the end.
func (e *exploration) all() []string {
	names := map[string]bool{}
	for _, name := range append(slices.Clone(e.there), e.publish[:]...) {
		plain, _, _ := strings.Cut(name, " ")
		names[plain+" 1-r0"] = true
	}
	return slices.Sorted(maps.Keys(names))
}
