package sandbox

import (
	"golang.org/x/sys/unix"
)

// What a build may use at most. Limits that were lower stay.
const (
	mostProcesses = 8192     // and threads, of one user
	mostFileSize  = 64 << 30 // bytes of one file
	mostOpenFiles = 65536    // of one process
)

// limit takes from the thread, and all that it starts, rights and resources that no build needs, and returns what the
// system refused.
func limit(sameUser bool) (refused []string) {
	processes := uint64(mostProcesses)
	if sameUser {
		processes *= 2 // the user's other programs count too, where the build has no namespace
	}
	for resource, most := range map[int]uint64{
		unix.RLIMIT_CORE: 0, unix.RLIMIT_FSIZE: mostFileSize, unix.RLIMIT_NOFILE: mostOpenFiles, unix.RLIMIT_NPROC: processes,
	} {
		var now unix.Rlimit
		if unix.Getrlimit(resource, &now) != nil {
			continue
		}
		now.Max = min(now.Max, most)
		now.Cur = now.Max
		_ = unix.Setrlimit(resource, &now) // lowering a limit is always allowed
	}
	for _, p := range []struct {
		name          string
		option, value uintptr
	}{
		{"no_new_privs", unix.PR_SET_NO_NEW_PRIVS, 1}, // no set-user-ID program helps the command out
		{"child_subreaper", unix.PR_SET_CHILD_SUBREAPER, 1},
		{"dumpable", unix.PR_SET_DUMPABLE, 0}, // closes /proc/PID of this process to the command
	} {
		// An emulator of another processor, such as QEMU, knows only some.
		if unix.Prctl(int(p.option), p.value, 0, 0, 0) != nil { //#nosec G115 -- small
			refused = append(refused, p.name)
		}
	}
	_ = unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) // a kernel that has none has nothing to clear
	// A session of keys of its own. Where it cannot be made, as in Docker, the filter, or Docker's, closes the keys anyway.
	_, _ = unix.KeyctlJoinSessionKeyring("")
	return refused
}

// dropCapabilities takes from root what makes root more than the owner of root's files: all but, where readAll says so, reading those
// of others.
func dropCapabilities(readAll bool) {
	const most = 63
	for c := uintptr(0); c <= most; c++ {
		if c != unix.CAP_DAC_READ_SEARCH || !readAll {
			_ = unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0) // EINVAL beyond the last one
		}
	}
}
