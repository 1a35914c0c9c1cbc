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

// defaultLevel is the smallest that adds no more than about two seconds to a package of 50 MB on
// two processors; bench/ has the measurements.
const defaultLevel = 8

// An Option changes how Create works.
type Option func(*options)

type options struct{ level, workers int }

// Level sets the effort of compression, from 1 (fastest) to 9 (smallest).
func Level(level int) Option {
	return func(o *options) { o.level = min(max(level, deflate.Fastest), deflate.Smallest) }
}

// Create packs tree into the unsigned package at path. It fills info.Size and
// info.DataHash, streams (memory does not grow with the tree) and leaves no file behind when it
// fails. Every file's time becomes info.BuildDate, so that equal trees make equal packages.
func Create(ctx context.Context, path string, info Info, scripts []Script, tree Tree, opts ...Option) (Info, error) {
	o := options{level: defaultLevel, workers: runtime.GOMAXPROCS(0)}
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
	hash := sha256.New()
	z := deflate.NewWriter(io.MultiWriter(w, hash), o.level, o.workers)
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
