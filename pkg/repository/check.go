package repository

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/adb"
	"github.com/pakman/build/pkg/apk/index"
	"github.com/pakman/build/pkg/internal/backoff"
	"github.com/pakman/build/pkg/store"
)

// check reads one package, again where the reading breaks off, reports its faults and returns its size.
func (v *verifier) check(ctx context.Context, e listedEntry) (int64, error) {
	key := e.place.key(e.Filename())
	var size int64
	var faults []string
	err := rereads.Do(ctx, func(int) (err error) {
		if size, faults, err = v.read(ctx, key, e); err != nil && ctx.Err() == nil {
			return &backoff.TransientError{Err: err}
		}
		return err
	})
	if gaveUp, ok := errors.AsType[*backoff.GaveUpError](err); ok {
		faults, err = []string{fmt.Sprintf("it cannot be read: %v", gaveUp.Err)}, nil
	}
	for _, f := range faults {
		v.fault(key, "%s", f)
	}
	return size, err
}

// slack is how much longer than the index says a package may be, beside twice the length, to be looked into.
const slack = 64 << 20

// read returns everything that is wrong with a package; the error is that it could not be read to its end.
func (v *verifier) read(ctx context.Context, key string, e listedEntry) (int64, []string, error) {
	if err := ctx.Err(); err != nil {
		return 0, nil, err
	}
	body, info, err := v.store.Get(ctx, key)
	if errors.Is(err, store.ErrNotFound) {
		return 0, []string{"the index lists it, but it is missing"}, nil
	}
	if err != nil {
		return 0, nil, err
	}
	most := 2*e.FileSize + slack
	source := &source{Reader: io.LimitReader(body, most+1)}
	pkg, wrong := apk.Check(source, v.trusted...)
	_, restErr := io.Copy(io.Discard, source) // for the size of what is no package
	if source.n > most {
		return source.n, []string{fmt.Sprintf("it has more than %d bytes, and the index says %d", most, e.FileSize)}, body.Close()
	}
	if source.err == nil && info.Size >= 0 && source.n < info.Size {
		source.err = io.ErrUnexpectedEOF
	}
	if err := errors.Join(source.err, restErr, body.Close()); err != nil {
		return 0, nil, err
	}
	var faults []string
	if source.n != e.FileSize {
		faults = append(faults, fmt.Sprintf("it has %d bytes, and the index says %d", source.n, e.FileSize))
	}
	for _, err := range wrong {
		faults = append(faults, err.Error())
	}
	if pkg != nil {
		faults = append(faults, disagreement(e, pkg)...)
	}
	return source.n, faults, nil
}

// source counts what is read and remembers a failure that is not the package's.
type source struct {
	io.Reader
	n   int64
	err error
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.n += int64(n)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// disagreement compares the entry with the package: the checksum first, which covers the rest.
func disagreement(e listedEntry, p *apk.Package) []string {
	if p.Checksum != e.Checksum {
		return []string{fmt.Sprintf("its control hash is %s, and the index says %s", p.Checksum, e.Checksum)}
	}
	want := index.EntryOf(p, e.place.Arch)
	want.FileSize = e.FileSize // has been compared
	if e.Arch == "noarch" && p.Info.Arch == "noarch" {
		want.Arch = "noarch" // apk index leaves it without --rewrite-arch, and apk takes both
	}
	if lines := index.Differences(want, e.Entry); len(lines) > 0 {
		return []string{"its entry in the index is not what its .PKGINFO says: " + strings.Join(lines, ", ")}
	}
	return nil
}

// adb checks Packages.adb, if there is one. That it is behind the index is no fault: its writer may be about to write it.
func (v *verifier) adb(ctx context.Context, place Place, x *index.Index) error {
	key := place.key(adbName)
	text, _, err := fetch(ctx, v.store, key)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	file, err := adb.Read(bytes.NewReader(text), adb.Index, maxADB, v.trusted...)
	if err != nil {
		v.fault(key, "%v", err)
		return nil
	}
	same := *x
	same.Entries = slices.Clone(x.Entries)
	same.Complete(file.Block)
	want, err := same.ADB(place.Arch)
	if err == nil && want.Digest() != file.Digest {
		v.note(key, "it differs from the index; the next publish makes it again")
	}
	return err
}

// unlisted notes the files that the index does not list.
func (v *verifier) unlisted(ctx context.Context, place Place, files map[string]store.Info) error {
	if len(files) == 0 {
		return nil
	}
	retired, _, err := readRetired(ctx, v.store, place.key(retiredName))
	if damaged, ok := errors.AsType[*InvalidError](err); ok {
		v.fault(place.key(retiredName), "%v", damaged.Err)
	} else if err != nil {
		return err
	}
	for name := range files {
		left, ok := retired[name]
		switch {
		case name == indexName, name == adbName, name == retiredName:
		case ok:
			v.note(place.key(name), "it left the index on %s, and a prune deletes it after its grace period",
				left.Left.Format(time.RFC3339))
		case strings.HasSuffix(name, ".apk"):
			v.note(place.key(name), "no index lists it")
		default:
			v.note(place.key(name), "it is not part of a repository")
		}
	}
	return nil
}
