package index

import (
	"bytes"
	"fmt"
	"io"
	"runtime"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/apk/internal/member"
	"github.com/pakman/build/pkg/apk/internal/ustar"
)

const (
	descriptionFile = "DESCRIPTION"
	indexFile       = "APKINDEX"
)

// level is a compromise for a file that is written at each publication and fetched by all.
const level = deflate.Fast

// Write writes the index as a signed APKINDEX.tar.gz. Equal indexes give equal bytes. Beside
// the entries it holds the compressed text, about a tenth of them, in memory.
func (x *Index) Write(w io.Writer, keys ...*apk.PrivateKey) error {
	x.sort()
	var member bytes.Buffer
	digests := apk.NewDigests()
	z := deflate.NewWriter(io.MultiWriter(&member, digests), level, runtime.GOMAXPROCS(0))
	if err := x.archive(z); err != nil {
		z.Abort()
		return fmt.Errorf("writing the index: %w", err)
	}
	if err := z.Close(); err != nil {
		return fmt.Errorf("writing the index: %w", err)
	}
	if err := digests.Sign(w, keys...); err != nil {
		return fmt.Errorf("signing the index: %w", err)
	}
	_, err := member.WriteTo(w)
	return err
}

// archive writes the tar. The header wants the text's length first, so the text is made twice;
// that is cheaper than to hold it.
func (x *Index) archive(w io.Writer) error {
	var length counter
	if err := x.text(&length); err != nil {
		return err
	}
	if err := x.checkSize(int64(length)); err != nil {
		return err
	}
	t := ustar.NewWriter(w)
	h := &ustar.Header{
		Path: descriptionFile, Type: ustar.File, Mode: 0o644, Size: int64(len(x.Description)),
		User: "root", Group: "root", ModTime: x.newest(),
	}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	if _, err := io.WriteString(t, x.Description); err != nil {
		return err
	}
	h.Path, h.Size = indexFile, int64(length)
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	if err := x.text(t); err != nil {
		return err
	}
	return t.Close()
}

// checkSize refuses an index that nobody could read any more.
func (x *Index) checkSize(text int64) error {
	elements := 0
	for i := range x.Entries {
		e := &x.Entries[i]
		elements += len(e.Depends) + len(e.Provides) + len(e.InstallIf)
	}
	const hint = "; remove old versions with prune, or use another repository"
	switch {
	case len(x.Entries) > maxEntries:
		return fmt.Errorf("%w: %d"+hint, errTooMany, len(x.Entries))
	case elements > maxElements:
		return fmt.Errorf("%w: %d"+hint, errElements, elements)
	case text > maxText:
		return fmt.Errorf("its text has %d bytes, at most %s are allowed"+hint, text, member.Size(maxText))
	case len(x.Description) > maxDescription:
		return fmt.Errorf("its description has %d bytes, at most %s are allowed", len(x.Description), member.Size(maxDescription))
	}
	return nil
}

func (x *Index) text(w io.Writer) error {
	var stanza []byte
	for i := range x.Entries {
		var err error
		if stanza, err = appendStanza(stanza[:0], &x.Entries[i]); err != nil {
			return err
		}
		if _, err := w.Write(stanza); err != nil {
			return err
		}
	}
	return nil
}

// newest returns the time of the newest package, which stands for the index's own: a clock would make
// equal indexes differ.
func (x *Index) newest() int64 {
	var newest int64
	for i := range x.Entries {
		newest = max(newest, x.Entries[i].BuildDate)
	}
	return min(newest, 1<<33-1)
}

type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}
