package apk

import (
	"context"
	"io"
	"os"
)

// copyFile copies what is left of src. Between two files the kernel does it, in steps that let
// ctx end it.
func copyFile(ctx context.Context, dst, src *os.File) error {
	const step = 64 << 20
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.Copy(dst, io.LimitReader(src, step))
		if err != nil {
			return err
		}
		if n == 0 {
			return nil
		}
	}
}
