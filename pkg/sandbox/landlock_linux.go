package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The rights that Landlock takes away, see landlock(7). Reading directories is not among them: it could not be taken away
// for a hidden directory alone without closing those above it too.
const (
	fileRights = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	dirRights  = fileRights | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER
)

// Versions of Landlock's interface from which something is possible.
const (
	abiRefer    = 2 // files may move between directories; builds cannot do without
	abiTruncate = 3
	abiScopes   = 6 // no signals and no abstract sockets to processes outside
)

// restrict takes from the thread, and all that it starts, every right to the hidden files, and to the
// memory and environment of processes outside.
func restrict(p Policy) error {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	if abi < abiRefer {
		return errors.New("landlock: this kernel's is too old")
	}
	var files, dirs uint64 = fileRights, dirRights
	if abi >= abiTruncate {
		files |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
		dirs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: dirs}
	if abi >= abiScopes {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	// An older kernel takes the longer structure as long as what it does not know is zero.
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return fmt.Errorf("landlock: make the rules: %w", errno)
	}
	defer func() { _ = unix.Close(int(ruleset)) }()
	for _, path := range p.allowed() {
		if err := allow(ruleset, path, files, dirs); err != nil {
			return fmt.Errorf("landlock: allow %s: %w", path, err)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	return nil
}

// allow grants the rights to a file, or to a directory and all below it. What this user cannot reach,
// or has vanished, needs no rule.
func allow(ruleset uintptr, path string, files, dirs uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil
	}
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }()
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	rule := unix.LandlockPathBeneathAttr{Parent_fd: int32(fd), Allowed_access: files}
	if st.Mode&unix.S_IFMT == unix.S_IFDIR {
		rule.Allowed_access = dirs
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// allowed returns the directories and files that together are everything but the hidden ones.
func (p Policy) allowed() []string {
	paths := p.around("/")
	for _, path := range append(slices.Clone(p.Show), p.Workspace) {
		if path != "" {
			paths = append(paths, p.around(path)...)
		}
	}
	return paths
}

// around returns path itself, or, where something is hidden below it, what lies beside the hidden.
func (p Policy) around(path string) []string {
	if !slices.ContainsFunc(p.Hide, func(hidden string) bool { return below(hidden, path) }) {
		return []string{path}
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil // nothing that this user could use
	}
	var paths []string
	for _, entry := range entries {
		child := filepath.Join(path, entry.Name())
		if entry.Type()&fs.ModeSymlink != 0 || slices.Contains(p.Hide, child) {
			continue // a link's target has a rule of its own
		}
		paths = append(paths, p.around(child)...)
	}
	return paths
}
