package sandbox

import (
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// enterRoot makes Policy.Root the root directory. The machine, as the policy shows it, is at Machine in it from then on.
func (s spec) enterRoot() error {
	root := s.Policy.Root
	for _, dir := range []string{Machine, "/proc", "/dev"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil { //#nosec G301 -- nothing secret
			return err
		}
	}
	for _, m := range []struct{ from, to string }{{root, root}, {"/proc", root + "/proc"}, {"/dev", root + "/dev"}} {
		if err := unix.Mount(m.from, m.to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.to, err)
		}
	}
	if err := unix.PivotRoot(root, filepath.Join(root, Machine)); err != nil {
		return fmt.Errorf("pivot_root: %w", err)
	}
	return os.Chdir("/")
}
