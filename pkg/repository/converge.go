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
// there. The last writer sees the packages of all others, since they were put before any index was
// written, and lists them. What is weaker than compare-and-swap: an index may lack an entry for a moment, or until
// the next publish when its writer is killed just then; of two publishers of one version
// with different content, the first may not learn of it; and packages of publishers whose keys
// we do not have are not added, since our signature would make them trusted.
//
// Recheck, if any, compares the packages that the caller has put with those that are there now, and returns what it lost
// to other publishers.
func (e *editor) converge(ctx context.Context, l *list, recheck func(context.Context, *list) (lost, err error)) error {
	rejected := map[string]bool{}
	var lost error
	for n := 1; ; n++ {
		var err error
		if l.now, err = e.read(ctx, l); err != nil {
			return err
		}
		if recheck != nil {
			different, err := recheck(ctx, l)
			if err != nil {
				return err
			}
			lost = errors.Join(lost, different)
		}
		missing, err := e.missing(ctx, l, rejected)
		if err != nil {
			return err
		}
		l.items = append(l.items, missing...)
		if !l.merge(l.now.index) {
			return errors.Join(lost, e.follow(ctx, l))
		}
		if err := e.writeIndex(ctx, l); err != nil {
			return err
		}
		if err := between.Wait(ctx, n); err != nil {
			return err
		}
	}
}

// missing returns the packages that are there, signed by one of our keys, and not in the index. Rejected remembers
// those that are not ours.
func (e *editor) missing(ctx context.Context, l *list, rejected map[string]bool) ([]*item, error) {
	known := l.files()
	for _, it := range l.items {
		known[path.Base(it.Key)] = true
	}
	retired, _, err := e.retired(ctx, l)
	if err != nil {
		return nil, err
	}
	for name := range retired {
		known[name] = true // it is to stay out
	}
	var items []*item
	for info, err := range e.store.List(ctx, path.Dir(l.key)+"/") {
		if err != nil {
			return nil, err
		}
		name := path.Base(info.Key)
		if known[name] || rejected[name] || path.Dir(info.Key) != path.Dir(l.key) || !strings.HasSuffix(name, ".apk") {
			continue
		}
		it, err := e.fetchPackage(ctx, l.arch, info.Key)
		var bad *InvalidError
		switch {
		case errors.Is(err, store.ErrNotFound):
		case errors.As(err, &bad):
			rejected[name] = true
			l.note("%s is in the store and not added to the index: %v", e.store.URL(info.Key), bad.Err)
		case err != nil:
			return nil, err
		default:
			items = append(items, it)
		}
	}
	return items, nil
}

// fetchPackage reads a package of another publisher.
func (e *editor) fetchPackage(ctx context.Context, arch, key string) (_ *item, err error) {
	temp, err := tempdir.New()
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, temp.Remove()) }()
	f, err := os.Create(filepath.Join(temp.Path, "adopted.apk"))
	if err != nil {
		return nil, err
	}
	r, _, err := e.store.Get(ctx, key)
	if err == nil {
		var n int64
		n, err = io.Copy(f, io.LimitReader(r, store.MaxObject+1))
		err = errors.Join(err, r.Close())
		if n > store.MaxObject {
			return nil, errors.Join(invalid(key, "it has more than %d bytes", int64(store.MaxObject)), f.Close())
		}
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, fmt.Errorf("reading %s: %w", e.store.URL(key), err)
	}
	pkg, err := readPackage(f.Name(), nil, e.public)
	if err != nil {
		return nil, err
	}
	if pkg.Info.Filename() != path.Base(key) || pkg.Info.Arch != arch && pkg.Info.Arch != "noarch" {
		return nil, invalid(key, "it is %s for %s", pkg.Info.Filename(), pkg.Info.Arch)
	}
	return &item{pkg: pkg, Published: Published{Name: pkg.Info.Name, Version: pkg.Info.Version, Arch: arch, Key: key}}, nil
}
