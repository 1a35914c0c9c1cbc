package apk

import (
	"context"
	"fmt"
	"io"
)

// Create packs tree into the unsigned package at path. It fills info.Size and
// info.DataHash, streams (memory does not grow with the tree) and leaves no file behind when it
// fails. Every file's time becomes info.BuildDate, so that equal trees make equal packages.
func Create(ctx context.Context, path string, info Info, scripts []Script, tree Tree, opts ...Option) (Info, error) {
	info, err := newOptions(opts).create(ctx, path, info, scripts, tree)
	if err != nil {
		return Info{}, fmt.Errorf("packing %s: %w", info.Name, err)
	}
	return info, nil
}

func (o options) create(ctx context.Context, path string, info Info, scripts []Script, tree Tree) (Info, error) {
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

	data := func(z io.Writer) error { return pack(ctx, z, info.BuildDate, tree, entries) }
	return info, o.assemble(ctx, path, data, func(w io.Writer, sum string) error {
		info.DataHash = sum
		return writeControl(w, info, scripts)
	})
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
