package apk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pakman/build/pkg/internal/atomicfile"
)

// SignFile writes the package src to dst with signatures by keys in place of any that src
// carries. dst appears whole or not at all; src and dst may be the same path. Whatever made the
// package, its control and data stay as they are, byte for byte.
func SignFile(ctx context.Context, dst, src string, keys ...*PrivateKey) (err error) {
	file, err := os.Open(src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	o, err := open(file)
	if err == nil {
		_, err = o.finish()
	}
	if err == nil {
		_, err = file.Seek(o.controlAt, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("signing %s: %w", src, err)
	}
	return atomicfile.Write(dst, atomicfile.Options{}, func(w *os.File) error {
		if err := o.control.Sign(w, keys...); err != nil {
			return fmt.Errorf("signing %s: %w", src, err)
		}
		return copyFile(ctx, w, file)
	})
}

// VerifyFile checks the package's own signature against the keys and its data hash.
func VerifyFile(path string, keys ...*PublicKey) error {
	o, err := openFile(path)
	if err != nil {
		return err
	}
	if err := o.control.Verify(o.Signatures, keys...); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
