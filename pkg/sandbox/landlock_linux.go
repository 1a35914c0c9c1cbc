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

// The rights that Landlock takes away and rules give back, see landlock(7). A rule for a directory counts for all below
// it: the directories above a hidden one cannot be listed either.
const (
	readRights  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	writeRights = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE |
		unix.LANDLOCK_ACCESS_FS_MAKE_CHAR | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_REG |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO | unix.LANDLOCK_ACCESS_FS_MAKE_BLOCK |
		unix.LANDLOCK_ACCESS_FS_MAKE_SYM | unix.LANDLOCK_ACCESS_FS_REFER | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
	deviceRights = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	// fileRights are those that a rule for a file may give.
	fileRights = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | deviceRights | unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
)

// Versions of Landlock's interface from which something is possible.
const (
	abiRefer    = 2 // files may move between directories; builds cannot do without
	abiTruncate = 3
	abiDevices  = 5 // ioctl
)

// landlockVersion returns the version of the kernel's interface; 0: there is none, or it is not allowed.
func landlockVersion() int {
	abi, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(abi) //#nosec G115 -- small
}

// handled returns the rights that a kernel knows.
func handled(abi int) uint64 {
	rights := uint64(readRights | writeRights | deviceRights)
	if abi < abiTruncate {
		rights &^= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if abi < abiDevices {
		rights &^= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if abi < abiSockets {
		rights &^= unix.LANDLOCK_ACCESS_FS_RESOLVE_UNIX
	}
	return rights
}

// scope takes from the thread, and all that it starts, signals and abstract sockets to processes outside, where the
// kernel can do that, and nothing else.
func scope(abi int) error {
	if abi < abiScopes {
		return nil
	}
	return restrict(unix.LandlockRulesetAttr{Scoped: unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET}, nil)
}

// landlock takes from the thread, and all that it starts, every right to the hidden files, to write anywhere but where
// the build may, and to the memory and environment of processes outside.
func (s spec) landlock(abi int) error {
	if abi < abiRefer {
		return errors.New("landlock: this kernel has none, or one before 5.19")
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled(abi)}
	if abi >= abiScopes {
		attr.Scoped = unix.LANDLOCK_SCOPE_SIGNAL | unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET
	}
	return restrict(attr, s.rules())
}

// rule gives the rights to a file, or to a directory and all below it.
type rule struct {
	path   string
	rights uint64
}

func restrict(attr unix.LandlockRulesetAttr, rules []rule) error {
	// An older kernel takes the longer structure as long as what it does not know is zero.
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0)
	if errno != 0 {
		return fmt.Errorf("landlock: make the rules: %w", errno)
	}
	defer func() { _ = unix.Close(int(fd)) }() //#nosec G115 -- a descriptor
	for _, r := range rules {
		r.rights &= attr.Handled_access_fs
		if err := r.add(fd); err != nil {
			return fmt.Errorf("landlock: allow %s: %w", r.path, err)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, fd, 0, 0); errno != 0 {
		return fmt.Errorf("landlock: %w", errno)
	}
	return nil
}

// add adds the rule to a set. What this user cannot reach, or has vanished, needs no rule.
func (r rule) add(ruleset uintptr) error {
	fd, err := unix.Open(r.path, unix.O_PATH|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
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
	beneath := unix.LandlockPathBeneathAttr{Parent_fd: int32(fd), Allowed_access: r.rights} //#nosec G115 -- a descriptor
	if st.Mode&unix.S_IFMT != unix.S_IFDIR {
		beneath.Allowed_access &= fileRights
	}
	if beneath.Allowed_access == 0 {
		return nil
	}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&beneath)), 0,
		0, 0)
	if errno != 0 {
		return errno
	}
	return nil
}

// shared are the directories for temporary files of the whole machine, of which a build gets one of its own only in
// namespaces.
var shared = []string{"/tmp", "/var/tmp", "/dev/shm"}

// devices are those that a build may write to and control.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"}

// terminals are where the terminals of all users are. Their owner may read and write them.
const terminals = "/dev/pts"

// rules returns what the build may do: read everything but the hidden, write to its own.
func (s spec) rules() []rule {
	p := s.Policy
	own := slices.Clone(p.Write)
	if p.Workspace != "" {
		own = append(own, p.Workspace)
	}
	device := slices.Clone(devices)
	if s.sameUser() {
		p.Hide = append(slices.Clone(p.Hide), terminals)
	} else {
		device = append(device, terminals, "/dev/ptmx")
	}
	var rules []rule
	give := func(rights uint64, paths ...string) {
		for _, path := range paths {
			for _, part := range p.around(path) {
				rules = append(rules, rule{part, rights})
			}
		}
	}
	give(readRights, "/")
	give(readRights, p.Show...)
	give(readRights|writeRights, own...)
	if len(own) > 0 {
		give(writeRights, shared...)
	}
	give(deviceRights, device...)
	return rules
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
