package dir

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/pakman/build/pkg/internal/flock"
)

// HoldLock takes the store's lock as another process would, and returns the function that frees it.
func HoldLock(t *testing.T, root string) func() {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(root, lockName), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if free, err := flock.Try(f, flock.Exclusive); err != nil || !free {
		t.Fatalf("the lock is taken: %v", err)
	}
	return func() { _ = f.Close() }
}
