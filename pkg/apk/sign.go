package apk

import (
	"bytes"
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
func SignFile(ctx context.Context, dst, src string, keys ...*PrivateKey) error {
	_, err := ResignFile(ctx, dst, src, keys)
	return err
}

// ResignFile is SignFile, and returns the package that it has written, as ReadFile would. It reads src once, and writes the content of dst
// to also as well, which may be hashes.
func ResignFile(ctx context.Context, dst, src string, keys []*PrivateKey, also ...io.Writer) (signed *Package, err error) {
	file, err := os.Open(src)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	o, err := open(file)
	if err == nil {
		_, err = file.Seek(o.controlAt, io.SeekStart)
	}
	var signature bytes.Buffer
	if err == nil {
		err = o.control.Sign(&signature, keys...)
	}
	if err != nil {
		return nil, fmt.Errorf("signing %s: %w", src, err)
	}
	err = atomicfile.Write(dst, atomicfile.Options{}, func(w *os.File) error {
		content := io.MultiReader(&signature, contextReader{ctx, file})
		if signed, err = Read(io.TeeReader(content, io.MultiWriter(append(also, w)...))); err != nil {
			return fmt.Errorf("signing %s: %w", src, err)
		}
		return nil
	})
	return signed, err
}

// contextReader reads until ctx ends.
type contextReader struct {
	ctx context.Context //nolint:containedctx // io.Reader has no parameter for it
	io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
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
