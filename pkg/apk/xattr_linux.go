package apk

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/apk/internal/ustar"
	"github.com/pakman/build/pkg/internal/tree"
)

// xattrs returns the extended attributes that belong to a package, sorted: file capabilities and
// the user's own. Labels and measurements of the building machine's security modules do not.
func xattrs(cursor *tree.Cursor, name string) ([]ustar.Record, error) {
	path, err := cursor.Path(name)
	if err != nil {
		return nil, err
	}
	records, err := attributes(
		func(p []byte) (int, error) { return unix.Llistxattr(path, p) },
		func(name string, p []byte) (int, error) { return unix.Lgetxattr(path, name, p) })
	if errors.Is(err, unix.ENOENT) && unix.Access("/proc/self/fd", unix.F_OK) != nil {
		err = errors.New("/proc is not mounted, and extended attributes cannot be read without: mount it")
	}
	return records, err
}

func (c content) xattrs() ([]ustar.Record, error) {
	return attributes(
		func(p []byte) (int, error) { return unix.Flistxattr(int(c), p) },
		func(name string, p []byte) (int, error) { return unix.Fgetxattr(int(c), name, p) })
}

func attributes(names func([]byte) (int, error), value func(string, []byte) (int, error)) ([]ustar.Record, error) {
	list, err := getxattr(names)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	var records []ustar.Record
	for _, name := range slices.Sorted(strings.SplitSeq(strings.TrimSuffix(string(list), "\x00"), "\x00")) {
		if name != "security.capability" && !strings.HasPrefix(name, "user.") {
			continue
		}
		value, err := getxattr(func(p []byte) (int, error) { return value(name, p) })
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
