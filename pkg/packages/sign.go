package packages

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/usererror"
)

// Sign puts a copy in a new directory below dir in the place of the package's file, with the signatures of these keys. Others
// may have made the package, so it checks that apk can extract it.
func (p *Package) Sign(ctx context.Context, dir string, keys []*apk.PrivateKey) error {
	own, err := os.MkdirTemp(dir, "signed-")
	if err != nil {
		return err
	}
	signed := filepath.Join(own, p.Info.Filename())
	p.Known, err = known(p.etags, func(also ...io.Writer) (*apk.Package, error) {
		check, wait := checkFiles()
		pkg, err := apk.ResignFile(ctx, signed, p.File, keys, append(also, check)...)
		return pkg, cmp.Or(err, wait(err))
	})
	if err != nil {
		return usererror.Input(fmt.Errorf("%s: %w", p.File, err))
	}
	p.File = signed
	return nil
}

// checkFiles returns a writer for a package's bytes, and a function that waits for what apk.CheckFileChecksums finds in them.
// The function takes the error with which the writing ended.
func checkFiles() (io.Writer, func(error) error) {
	r, w := io.Pipe()
	found := make(chan error, 1)
	go func() {
		err := apk.CheckFileChecksums(r)
		_, _ = io.Copy(io.Discard, r) // the writer goes on after a fault
		found <- err
	}()
	return w, func(written error) error {
		_ = w.CloseWithError(written)
		return <-found
	}
}
