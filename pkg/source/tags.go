package source

import (
	"context"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/source/version"
)

// tag finds the tag that says which version the checkout is, and the commits since. Of the reachable
// tags the highest version counts, not the nearest tag: so versions never fall along a branch, also when
// a release branch is merged late.
func (r *repository) tag(ctx context.Context, dir string, f *Facts) error {
	out, err := r.run(ctx, dir, "for-each-ref", "--merged="+f.Commit, "--format=%(refname:strip=2)", "refs/tags")
	if err != nil {
		return err
	}
	here := newPlace(dir, f)
	var tags []version.Tag
	for name := range strings.Lines(out) {
		if t, ok := version.ParseTag(strings.TrimSuffix(name, "\n")); ok && !here.foreign(t) {
			tags = append(tags, t)
		}
	}
	t, ok := here.highest(tags)
	if !ok {
		return nil
	}
	count, err := r.ask(ctx, dir, "rev-list", "--count", "refs/tags/"+t.Name+".."+f.Commit, "--")
	if err != nil {
		return err
	}
	f.Tag = t.Name
	f.Distance, err = strconv.Atoi(count)
	return err
}

// place is where a package lies in its checkout, which decides the tags that speak of it: in a monorepo
// there are others.
type place struct {
	dir, root    string
	subdirectory string
	names        []string // by which tags call it
}

func newPlace(dir string, f *Facts) place {
	p := place{dir: dir, root: dir, subdirectory: f.Subdirectory}
	if p.subdirectory == "" {
		p.names = []string{filepath.Base(dir), path.Base(f.Repository)}
		return p
	}
	for range strings.Count(p.subdirectory, "/") + 1 {
		p.root = filepath.Dir(p.root)
	}
	p.names = []string{p.subdirectory, path.Base(p.subdirectory)}
	return p
}

// own reports whether the tag's prefix names the package.
func (p place) own(t version.Tag) bool {
	return t.Prefix != "" && slices.ContainsFunc(p.names, func(name string) bool {
		return strings.EqualFold(name, t.Prefix) || strings.EqualFold(name, path.Base(t.Prefix))
	})
}

// foreign reports whether the tag's prefix names another directory of the checkout.
func (p place) foreign(t version.Tag) bool {
	if t.Prefix == "" || p.own(t) {
		return false
	}
	others := []string{filepath.Join(p.root, t.Prefix)}
	if p.subdirectory != "" {
		others = append(others, filepath.Join(filepath.Dir(p.dir), path.Base(t.Prefix)))
	}
	return slices.ContainsFunc(others, func(other string) bool {
		info, err := os.Stat(other)
		return err == nil && info.IsDir()
	})
}

// highest returns the highest version: in a subdirectory of the tags with its own name if there are any,
// else of those that speak of the whole repository, else of all others if they bear one name. Full versions
// go before moving tags and dates.
func (p place) highest(tags []version.Tag) (version.Tag, bool) {
	var own, whole, other []version.Tag
	prefixes := map[string]bool{}
	for _, t := range tags {
		switch {
		case p.own(t) && p.subdirectory != "":
			own = append(own, t)
		case p.own(t), t.Prefix == "":
			whole = append(whole, t)
		default:
			other = append(other, t)
			prefixes[t.Prefix] = true
		}
	}
	if len(prefixes) > 1 {
		other = nil
	}
	for _, class := range [][]version.Tag{own, whole, other} {
		if len(class) > 0 {
			return slices.MaxFunc(class, order), true
		}
	}
	return version.Tag{}, false
}

func order(a, b version.Tag) int {
	switch {
	case a.Dotted() && !b.Dotted():
		return 1
	case b.Dotted() && !a.Dotted():
		return -1
	}
	if n := apk.Compare(a.Version, b.Version); n != 0 {
		return n
	}
	return strings.Compare(a.Name, b.Name)
}
