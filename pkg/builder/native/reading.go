package native

import (
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/builder"
)

// reading is what an APKBUILD says before the build.
type reading struct {
	main     *metadata         // as it stands outside functions
	packages []output          // the main one first, each with its own variables
	entries  map[string]string // of subpackages=, by the name of the package
	plan     builder.Plan
}

// readingTime is how long reading an APKBUILD may take.
const readingTime = 2 * time.Minute

// read decides the packages: it reads the APKBUILD's variables, and those that package() and the split functions set, without
// making anything.
func (s *session) read(ctx context.Context, check func(*metadata) error) (*reading, error) {
	calls := analyse(s.given[apkbuildFile])
	limited, cancel := context.WithTimeout(ctx, readingTime)
	defer cancel()
	dump, err := s.drive(limited, nil, "plan", calls.arguments()...)
	if err != nil {
		if ctx.Err() == nil && errors.Is(limited.Err(), context.DeadlineExceeded) {
			err = builder.Refuse("reading the APKBUILD took longer than %s", readingTime)
		}
		return nil, err
	}
	dumps, err := parseDumps(dump)
	if err != nil {
		return nil, err
	}
	m := dumps[0]
	if m.get("maintainer") == "" {
		if match := maintainerComment.FindSubmatch(s.given[apkbuildFile]); match != nil {
			m.vars["maintainer"] = string(match[1])
		}
	}
	if err := errors.Join(check(m), s.comparePlanned(m)); err != nil {
		return nil, err
	}
	return s.newReading(m, dumps[1:])
}

// decisive are the variables that a plan shows or decides by.
var decisive = strings.Fields(`pkgname pkgver pkgrel pkgdesc url license arch options depends provides replaces install triggers
	subpackages`)

// comparePlanned refuses an APKBUILD that says something else than when it was planned.
func (s *session) comparePlanned(m *metadata) error {
	if s.job.Planned == nil {
		return nil
	}
	for _, name := range decisive {
		if was := s.job.Planned[name]; !slices.Equal(strings.Fields(was), m.words(name)) {
			return builder.Refuse("%s is %s now that the APKBUILD is built, and it was %s when it was planned: set it to the same value "+
				"each time the APKBUILD is read", name, builder.Shown(m.get(name)), builder.Shown(was))
		}
	}
	return nil
}

// checkNative finds what this builder would refuse.
func (s *session) checkNative(m *metadata) error {
	if err := m.check(s.job.Arch, s.given); err != nil {
		return err
	}
	return checkCalls(s.given[apkbuildFile])
}

// checkPlan finds what no builder makes a package of. The rest abuild says in its own words.
func (s *session) checkPlan(m *metadata) error {
	return errors.Join(m.checkNames(), m.checkScripts(s.given))
}

// maintainerComment is where APKBUILDs name the maintainer who have no maintainer=.
var maintainerComment = regexp.MustCompile(`(?m)^# *Maintainer: (.*)$`)

// newReading puts the variables of each package over those of the APKBUILD.
func (s *session) newReading(m *metadata, parts []*metadata) (*reading, error) {
	entries := m.words("subpackages")
	if len(parts) != 1+len(entries) {
		return nil, builder.Refuse("reading the APKBUILD gave the variables of %d packages, and it names %d", len(parts), 1+len(entries))
	}
	r := &reading{main: m, entries: map[string]string{}}
	r.packages = append(r.packages, output{name: m.get("pkgname"), arch: m.arch(s.job.Arch)})
	for _, entry := range entries {
		p := m.subpackage(entry, s.job.Arch)
		r.entries[p.name] = entry
		r.packages = append(r.packages, p)
	}
	for i := range r.packages {
		p := &r.packages[i]
		p.vars = m.with(parts[i])
		if err := p.vars.checkRelations(); err != nil {
			return nil, builder.Refuse("package %s: %v", p.name, err)
		}
		r.plan = append(r.plan, builder.Planned{
			Info: s.info(m, *p), Scripts: s.given.scripts(m, p.name), Options: m.words("options"),
		})
	}
	return r, nil
}

// Plan reads the APKBUILD in j.Dir, as that account, and returns the packages that it is for, whichever builder makes them. An
// APKBUILD that cannot be read is a *builder.RefusedError.
func Plan(ctx context.Context, j builder.Job, as *builder.Account) (builder.Plan, error) {
	j.CacheDir, j.Log = "", io.Discard // nothing is built
	s, err := newSession(ctx, j, as)
	if err != nil {
		return nil, err
	}
	r, err := s.read(ctx, s.checkPlan)
	if err := errors.Join(err, s.close()); err != nil {
		return nil, err
	}
	return r.plan, nil
}

// Describe returns the variables of the APKBUILD in j.Dir, by name, as they stand outside functions.
func (b Builder) Describe(ctx context.Context, j builder.Job) (map[string]string, error) {
	as, err := b.account()
	if err != nil {
		return nil, err
	}
	s, err := newSession(ctx, j, as)
	if err != nil {
		return nil, err
	}
	dump, err := s.drive(ctx, nil, "plan")
	if err := errors.Join(err, s.close()); err != nil {
		return nil, err
	}
	dumps, err := parseDumps(dump)
	if err != nil {
		return nil, err
	}
	return dumps[0].vars, nil
}
