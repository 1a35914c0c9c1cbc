package apk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"github.com/pakman/build/pkg/apk/internal/deflate"
)

// A Compression is how much time is spent for how few bytes; bench/README.md has the measurements.
type Compression string

// The kinds of compression. Create uses Balanced unless it is told another.
const (
	Fast     Compression = "fast"
	Balanced Compression = "balanced"
	Small    Compression = "small"
)

// level is the deflate package's.
func (c Compression) level() (deflate.Level, error) {
	switch c {
	case Fast:
		return deflate.Fast, nil
	case Balanced:
		return deflate.Balanced, nil
	case Small:
		return deflate.Smallest, nil
	}
	return 0, fmt.Errorf("there is no compression %q; allowed are %s, %s and %s", c, Fast, Balanced, Small)
}

// An Option changes how Create works.
type Option func(*options)

type options struct {
	compression Compression
	workers     int
}

// Compress sets the compression.
func Compress(c Compression) Option { return func(o *options) { o.compression = c } }

// Create packs tree into the unsigned package at path. It fills info.Size and
// info.DataHash, streams (memory does not grow with the tree) and leaves no file behind when it
// fails. Every file's time becomes info.BuildDate, so that equal trees make equal packages.
func Create(ctx context.Context, path string, info Info, scripts []Script, tree Tree, opts ...Option) (Info, error) {
	o := options{compression: Balanced, workers: runtime.GOMAXPROCS(0)}
	for _, opt := range opts {
		opt(&o)
	}
	info, err := o.create(ctx, path, info, scripts, tree)
	if err != nil {
		return Info{}, fmt.Errorf("packing %s: %w", info.Name, err)
	}
	return info, nil
}

func (o options) create(ctx context.Context, path string, info Info, scripts []Script, tree Tree) (_ Info, err error) {
	info.Size, info.DataHash = 0, ""
	if _, err := info.encode(); err != nil { // before the long work
		return info, err
	}
	if err := checkScripts(info, scripts); err != nil {
		return info, err
	}
	entries, err := walk(ctx, tree)
	if err != nil {
		return info, err
	}
	info.Size = installedSize(entries, scripts)

	// The data comes last in the package, but its hash stands in the control before it. The
	// file has no name any more, so even a killed program leaves nothing.
	data, err := newFile(path)
	if err != nil {
		return info, err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	if err := os.Remove(data.Name()); err != nil {
		return info, err
	}
	if info.DataHash, err = o.writeData(ctx, data, info.BuildDate, tree, entries); err != nil {
		return info, err
	}
	if _, err := data.Seek(0, io.SeekStart); err != nil {
		return info, err
	}
	return info, writeFile(path, func(w *os.File) error {
		if err := writeControl(w, info, scripts); err != nil {
			return err
		}
		return copyFile(ctx, w, data)
	})
}

// writeData writes the data member and gives its hash.
func (o options) writeData(ctx context.Context, w io.Writer, date int64, tree Tree, entries []entry) (string, error) {
	level, err := o.compression.level()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	z := deflate.NewWriter(io.MultiWriter(w, hash), level, o.workers)
	if err := pack(ctx, z, date, tree, entries); err != nil {
		z.Abort()
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// installedSize is the sum of the files' bytes, each inode once. apk 2 takes a size of 0 for a
// package that is not there: it installs no files and runs no scripts. So only an empty one has it.
func installedSize(entries []entry, scripts []Script) int64 {
	var size int64
	for _, e := range entries {
		if e.regular() && e.hardlink == "" {
			size += e.size
		}
	}
	if size == 0 && len(entries)+len(scripts) > 0 {
		return 1
	}
	return size
}
