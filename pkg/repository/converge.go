package repository

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/store"
)

// converge serves stores that ignore conditions, where the last writer of an object wins: write, then read the
// index and list the packages again, until the index holds every package that is there, as it is
// there. Whoever writes last sees the packages of all others, since they were put before any index was
// written, and lists them. What is weaker than compare-and-swap: an index may lack an entry for a moment, or until
// the next publish when its writer is killed just then; of two publishers of one version
// with different bytes the one that came first may not be told; and packages of publishers whose keys
// we do not hold are not taken up, since our signature would vouch for them.
func (p *publisher) converge(ctx context.Context, l *list) error {
	rejected := map[string]bool{}
	var lost error
	for n := 1; ; n++ {
		var err error
		if l.now, err = p.read(ctx, l); err != nil {
			return err
		}
		different, err := p.settle(ctx, l)
		if err != nil {
			return err
		}
		lost = errors.Join(lost, different)
		missing, err := p.missing(ctx, l, rejected)
		if err != nil {
			return err
		}
		l.items = append(l.items, missing...)
		if !l.merge(l.now.index) {
			return errors.Join(lost, p.follow(ctx, l))
		}
		if err := p.writeIndex(ctx, l); err != nil {
			return err
		}
		if err := between.Wait(ctx, n); err != nil {
			return err
		}
	}
}

// settle looks again at the packages that we have put: another publisher may have put other bytes of the same
// version since. Those are what clients get, so they are what the index must say.
func (p *publisher) settle(ctx context.Context, l *list) (lost, err error) {
	for i, it := range l.items {
		if it.File == "" { // another publisher's already
			continue
		}
		there := *it
		err := p.compare(ctx, &there)
		var different *DifferentError
		switch {
		case errors.As(err, &different) || err == nil && there.replace:
			if l.items[i], err = p.adopt(ctx, l.arch, it.Key); err != nil {
				return nil, err
			}
			lost = errors.Join(lost, it.different(p.store.URL(it.Key), l.items[i].pkg.SHA256))
		case err == nil && !there.Unchanged: // removed since
			err = p.put(ctx, it)
		}
		if err != nil {
			return nil, err
		}
	}
	return lost, nil
}

// missing returns the packages that are there, signed by one of our keys, and not in the index. Rejected remembers
// those that are not ours.
func (p *publisher) missing(ctx context.Context, l *list, rejected map[string]bool) ([]*item, error) {
	known := map[string]bool{}
	for _, e := range l.now.index.Entries {
		known[e.Filename()] = true
	}
	for _, it := range l.items {
		known[path.Base(it.Key)] = true
	}
	retired, _, err := p.retired(ctx, l)
	if err != nil {
		return nil, err
	}
	for name := range retired {
		known[name] = true // it is to stay out
	}
	var items []*item
	for info, err := range p.store.List(ctx, path.Dir(l.key)+"/") {
		if err != nil {
			return nil, err
		}
		name := path.Base(info.Key)
		if known[name] || rejected[name] || path.Dir(info.Key) != path.Dir(l.key) || !strings.HasSuffix(name, ".apk") {
			continue
		}
		it, err := p.adopt(ctx, l.arch, info.Key)
		var bad *InvalidError
		switch {
		case errors.Is(err, store.ErrNotFound):
		case errors.As(err, &bad):
			rejected[name] = true
			l.note("%s is there and not in the index: %v", p.store.URL(info.Key), bad.Err)
		case err != nil:
			return nil, err
		default:
			items = append(items, it)
		}
	}
	return items, nil
}

// maxAdopted bounds the packages of other publishers that are fetched, in bytes.
const maxAdopted = 8 << 30

// adopt reads a package of another publisher.
func (p *publisher) adopt(ctx context.Context, arch, key string) (_ *item, err error) {
	temp, err := tempdir.New()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, temp.Remove()) }()
	f, err := os.Create(filepath.Join(temp.Path, "adopted.apk"))
	if err != nil {
		return nil, err
	}
	r, _, err := p.store.Get(ctx, key)
	if err == nil {
		var n int64
		n, err = io.Copy(f, io.LimitReader(r, maxAdopted+1))
		err = errors.Join(err, r.Close())
		if n > maxAdopted {
			return nil, errors.Join(invalid(key, "it has more than %d bytes", int64(maxAdopted)), f.Close())
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("reading %s: %w", p.store.URL(key), err)
	}
	pkg, err := p.readPackage(f.Name(), p.public)
	if err != nil {
		return nil, err
	}
	if pkg.Info.Filename() != path.Base(key) || pkg.Info.Arch != arch && pkg.Info.Arch != "noarch" {
		return nil, invalid(key, "it is %s for %s", pkg.Info.Filename(), pkg.Info.Arch)
	}
	return &item{pkg: pkg, Published: Published{Name: pkg.Info.Name, Version: pkg.Info.Version, Arch: arch, Key: key}}, nil
}
