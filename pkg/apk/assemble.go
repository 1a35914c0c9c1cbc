package apk

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/internal/atomicfile"
)

// assemble writes the package at path, without signatures. The data comes last in it, but its hash,
// which control is told, stands before it: so the member, as compressed, waits in a file beside path. That
// has no name any more, so even a killed program leaves nothing.
func (o options) assemble(ctx context.Context, path string, data func(*deflate.Writer) error,
	control func(io.Writer, string) error) (err error) {
	member, err := atomicfile.Nameless(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, member.Close()) }()
	sum, err := o.writeData(member, data)
	if err != nil {
		return err
	}
	if _, err := member.Seek(0, io.SeekStart); err != nil {
		return err
	}
	return atomicfile.Write(path, atomicfile.Options{}, func(w *os.File) error {
		if err := control(w, sum); err != nil {
			return err
		}
		return copyFile(ctx, w, member)
	})
}

// writeData writes the data member and returns its hash.
func (o options) writeData(w io.Writer, data func(*deflate.Writer) error) (string, error) {
	level, err := o.compression.level()
	if err != nil {
		return "", err
	}
	hash := sha256.New()
	z := deflate.NewWriter(io.MultiWriter(w, hash), level, o.workers)
	if err := data(z); err != nil {
		z.Abort()
		return "", err
	}
	if err := z.Close(); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}
