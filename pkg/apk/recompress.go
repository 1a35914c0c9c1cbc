package apk

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/pakman/build/pkg/apk/internal/deflate"
)

// Recompress writes the package src to dst with its data compressed anew, and without its signatures, which
// would be wrong. The files, scripts and all of .PKGINFO but the data's hash stay as they are,
// byte for byte, whatever made the package. dst appears whole or not at all; it may be src.
func Recompress(ctx context.Context, dst, src string, opts ...Option) (err error) {
	file, err := os.Open(src)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	o, err := open(file)
	if err != nil {
		return fmt.Errorf("compressing %s: %w", src, err)
	}
	data := func(z *deflate.Writer) error { return o.copyData(ctx, z) }
	err = newOptions(opts).assemble(ctx, dst, data, func(w io.Writer, sum string) error {
		line := "\ndatahash = "
		old, now := []byte(line+o.Info.DataHash+"\n"), []byte(line+sum+"\n")
		if !bytes.Contains(o.content, old) {
			return errors.New("control: .PKGINFO has its datahash in a form of its own")
		}
		return compress(w, bytes.Replace(o.content, old, now, 1)) // .PKGINFO comes first
	})
	if err != nil {
		return fmt.Errorf("compressing %s: %w", src, err)
	}
	return nil
}

// copyData copies the content of the data member, whose hash it checks.
func (o *opened) copyData(ctx context.Context, w io.Writer) error {
	hash := sha256.New()
	content, err := o.members.Next(io.MultiWriter(o.whole, hash), dataLimit)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	for err == nil {
		if err = ctx.Err(); err == nil {
			_, err = io.CopyN(w, content, 8<<20)
		}
	}
	if !errors.Is(err, io.EOF) {
		return fmt.Errorf("data: %w", err)
	}
	if err := o.members.End(content); err != nil {
		return fmt.Errorf("data: %w", err)
	}
	end := o.members.Offset()
	if _, err := o.finishData(hash); err != nil {
		return err
	}
	if o.FileSize != end {
		return errors.New("data: it is more than one gzip member")
	}
	return nil
}
