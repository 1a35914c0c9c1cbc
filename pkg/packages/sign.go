package packages

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/usererror"
)

// Sign puts a copy in a new directory below dir in the place of the package's file, with the signatures of these keys.
func (p *Package) Sign(ctx context.Context, dir string, keys []*apk.PrivateKey) error {
	own, err := os.MkdirTemp(dir, "signed-")
	if err != nil {
		return err
	}
	signed := filepath.Join(own, p.Info.Filename())
	p.Known, err = known(p.etags, func(also ...io.Writer) (*apk.Package, error) {
		return apk.ResignFile(ctx, signed, p.File, keys, also...)
	})
	if err != nil {
		return usererror.Input(fmt.Errorf("%s: %w", p.File, err))
	}
	p.File = signed
	return nil
}
