package apk

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/apk/internal/ustar"
)

const noFollow = syscall.O_NOFOLLOW

// xattrs gives the extended attributes that belong to a package, sorted: file capabilities and
// the user's own. Labels and measurements of the building machine's security modules do not.
func xattrs(path string) ([]ustar.Record, error) {
	list, err := getxattr(func(p []byte) (int, error) { return unix.Llistxattr(path, p) })
	if err != nil || len(list) == 0 {
		return nil, err
	}
	names := strings.Split(strings.TrimSuffix(string(list), "\x00"), "\x00")
	slices.Sort(names)
	var records []ustar.Record
	for _, name := range names {
		if name != "security.capability" && !strings.HasPrefix(name, "user.") {
			continue
		}
		value, err := getxattr(func(p []byte) (int, error) { return unix.Lgetxattr(path, name, p) })
		if err != nil {
			return nil, fmt.Errorf("extended attribute %s: %w", name, err)
		}
		records = append(records, ustar.Record{Key: "SCHILY.xattr." + name, Value: string(value)})
	}
	return records, nil
}

// getxattr asks for the size first. File systems without attributes have none.
func getxattr(get func([]byte) (int, error)) ([]byte, error) {
	for {
		n, err := get(nil)
		if errors.Is(err, unix.ENOTSUP) {
			return nil, nil
		}
		if err != nil || n == 0 {
			return nil, err
		}
		value := make([]byte, n)
		n, err = get(value)
		if errors.Is(err, unix.ERANGE) {
			continue // it grew meanwhile
		}
		return value[:max(n, 0)], err
	}
}
