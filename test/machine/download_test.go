//go:build linux

package machine

import (
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

func cacheDir(t *testing.T) string {
	t.Helper()
	dir, err := os.UserCacheDir()
	if err != nil {
		t.Skipf("no place for downloads: %v", err)
	}
	return filepath.Join(dir, "pakman-tests")
}

// downloading lets one test at a time download: the others find its result.
var downloading sync.Mutex

// download unpacks Debian's packages of a program, which a script fetches, into dir, which is there only when it is complete.
func download(t *testing.T, program, dir, fetch string) {
	t.Helper()
	downloading.Lock()
	defer downloading.Unlock()
	if _, err := os.Stat(dir); err == nil {
		return
	}
	script := `set -e; cd "$1"; ` + fetch + `
for package in *.deb; do dpkg-deb -x "$package" new; done
mkdir -p "${2%/*}"; rm -rf "$2.new"; cp -R new "$2.new"; mv "$2.new" "$2"`
	if out, err := exec.CommandContext(t.Context(), "sh", "-c", script, "sh", t.TempDir(), dir).CombinedOutput(); err != nil {
		t.Skipf("%s cannot be downloaded: %v\n%s", program, err, out)
	}
}
