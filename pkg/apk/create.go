package apk

import (
	"context"
	"fmt"
	"io"

	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/internal/tree"
)

// Create packs t into the unsigned package at path. It fills info.Size and
// info.DataHash, streams (memory does not grow with the tree) and leaves no file behind when it
// fails. Every file's time becomes info.BuildDate, so that equal trees make equal packages.
func Create(ctx context.Context, path string, info Info, scripts []Script, t Tree, opts ...Option) (Info, error) {
	info, err := newOptions(opts).create(ctx, path, info, scripts, t)
	if err != nil {
		return Info{}, fmt.Errorf("packing %s: %w", info.Name, err)
	}
	return info, nil
}

func (o options) create(ctx context.Context, path string, info Info, scripts []Script, t Tree) (Info, error) {
	info.Size, info.DataHash = 0, ""
	if _, err := info.encode(); err != nil { // before the long work
		return info, err
	}
	if err := checkScripts(info, scripts); err != nil {
		return info, err
	}
	if t.Dir == nil {
		dir, err := tree.Open(t.Root)
		if err != nil {
			return info, err
		}
		defer func() { _ = dir.Close() }() // only read
		t.Dir = dir
	}
	p := &packer{tree: t, date: info.BuildDate}
	data := func(z *deflate.Writer) error { return p.pack(ctx, z, o.workers) }
	err := o.assemble(ctx, path, data, func(w io.Writer, sum string) error {
		info.Size, info.DataHash = installedSize(p.size, p.entries+len(scripts)), sum
		return writeControl(w, info, scripts)
	})
	return info, err
}

// installedSize returns the sum of the files' bytes, each inode once. apk 2 takes a size of 0 for a
// package that is not there: it installs no files and runs no scripts. So only an empty one has it.
func installedSize(files int64, entriesAndScripts int) int64 {
	if files == 0 && entriesAndScripts > 0 {
		return 1
	}
	return files
}
