package apkbuild

import (
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pakman/build/pkg/internal/atomicfile"
)

// Write writes the files into dir, which must exist. Each appears whole or not at all, with its own mode whatever the umask.
func (d Directory) Write(dir string) error {
	for _, f := range d {
		if !filepath.IsLocal(f.Name) {
			return fmt.Errorf("write build directory: %q would lie outside of it", f.Name)
		}
		if err := atomicfile.WriteBytes(filepath.Join(dir, f.Name), f.Body, atomicfile.Options{Mode: fs.FileMode(f.Mode)}); err != nil {
			return fmt.Errorf("write build directory: %w", err)
		}
	}
	return nil
}
