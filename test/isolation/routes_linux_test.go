package isolation

import (
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// route is one thing that the hostile build attempts. It is to be denied in every start whose line does not name the gap.
type route struct {
	name string
	gap  string // what the line says where it is open; empty: nowhere
	try  func(places) error
}

// What the line says of what is open.
const (
	gapFiles      = "all files that the build's user may read or write"
	gapProcesses  = "the environment and files of your other processes"
	gapTerminals  = "your other terminals"
	gapAttributes = "modes, times and attributes of your files"
	gapRecipe     = "the APKBUILD, but after PAKman has read its metadata"
	gapSignals    = "signals to your processes"
	gapNames      = "size, times and attributes of hidden files whose names it knows, and names of those that change"
	gapCommands   = "the command lines of all processes"
	gapShared     = "your files in /tmp, /var/tmp and /dev/shm"
	gapPublic     = "files in /tmp, /var/tmp and /dev/shm that are open to every user"
	gapQueues     = "your System V message queues and semaphores"
	gapSockets    = "Unix sockets that are open to every user"
	gapAbstract   = "abstract Unix sockets"
)

// shellGaps are those of the attempts that are shell commands, where they may be open at all.
var shellGaps = map[string]string{
	"environment of any process": gapProcesses, "files of any process": gapProcesses, "environment of process 1": gapProcesses,
	"a signal to another process": gapSignals, "environment of the parent": "",
	"Docker socket": "", "environment": "", "becoming root": "",
}

func routes() []route {
	var all []route
	for i, a := range attempts {
		gap, ok := shellGaps[a[0]]
		if !ok {
			gap = gapFiles
		}
		all = append(all, route{a[0], gap, shell(i)})
	}
	hidden := func(f func(string) error) func(places) error {
		return func(p places) error { return p.onHidden(f) }
	}
	victim := func(f func(string) error) func(places) error {
		return func(p places) error { return p.onVictim(f) }
	}
	refused := func(number uintptr, args ...uintptr) func(places) error {
		return func(places) error { return call(number, args...) }
	}
	return append(all, []route{
		{"read a hidden file", gapFiles, func(p places) error { return holds(p.Hidden) }},
		{"write a hidden file", gapFiles, func(p places) error { return change(p.Hidden) }},
		{"list a hidden directory", gapFiles, func(p places) error { return listed(filepath.Dir(p.Hidden)) }},
		{"stat a hidden file", gapNames + "|" + gapFiles, hidden(func(string) error { return nil })},
		{"chmod a hidden file", gapAttributes + "|" + gapFiles, hidden(func(f string) error { return os.Chmod(f, 0o644) })},
		{"utimes of a hidden file", gapAttributes + "|" + gapFiles, places.touch},
		{"setxattr on a hidden file", gapAttributes + "|" + gapFiles, hidden(func(f string) error {
			return unix.Setxattr(f, "user.evil", []byte("x"), 0)
		})},
		{"chown a hidden file", gapAttributes + "|" + gapFiles, hidden(func(f string) error {
			return os.Chown(f, os.Getuid(), os.Getgid())
		})},
		{"hard link to a hidden file", gapFiles, places.hardLink},
		{"a hidden file by a descriptor without rights", gapFiles, places.reopen},
		{"hard link by a descriptor without rights", gapFiles, places.linkDescriptor},
		{"chmod by a descriptor without rights", gapAttributes + "|" + gapFiles, hidden(chmodDescriptor)},
		{"truncate a hidden file by its name", gapFiles, hidden(func(f string) error { return os.Truncate(f, int64(len(secretText))) })},
		{"exchange a hidden file for another", gapFiles, hidden(exchange)},
		{"run a hidden program", gapFiles, func(p places) error { return saysSecret(filepath.Join(filepath.Dir(p.Hidden), "tool")) }},
		{"where a hidden link leads", gapNames + "|" + gapFiles, places.readLink},
		{"attributes of a hidden file", gapNames + "|" + gapFiles, hidden(readAttribute)},
		{"watch a hidden directory", gapNames + "|" + gapFiles, hidden(watch)},
		{"rename a hidden file", gapFiles, hidden(func(f string) error { return os.Rename(f, f+".moved") })},
		{"a program below HOME on PATH, rewritten", gapFiles, func(p places) error { return change(filepath.Join(p.Tools, "git")) }},
		{"a program below HOME on PATH, replaced", gapFiles, places.replaceTool},
		{"a new program below HOME on PATH", gapFiles, func(p places) error {
			return os.WriteFile(filepath.Join(p.Tools, "sudo"), []byte("x"), 0o755)
		}},
		{"read a kept package", gapFiles, func(p places) error { return holds(p.Kept) }},
		{"replace a kept package", gapFiles, func(p places) error { return change(p.Kept) }},
		{"read a package of the output directory", gapFiles, func(p places) error { return holds(p.Output) }},
		{"replace a package of the output directory", gapFiles, func(p places) error { return change(p.Output) }},
		{"read a package of the bucket", gapFiles, func(p places) error { return holds(p.Bucket) }},
		{"replace a package of the bucket", gapFiles, func(p places) error { return change(p.Bucket) }},
		{"read another application's sources", gapFiles, victim(holds)},
		{"write another application's sources", gapFiles, victim(change)},
		{"chmod another application's sources", gapAttributes + "|" + gapFiles, victim(func(f string) error { return os.Chmod(f, 0o777) })},
		{"hard link to another application's sources", gapFiles, victim(linked)},
		{"hard link to a kept package", gapFiles, func(p places) error { return linked(p.Kept) }},
		{"hard link to a package of the bucket", gapFiles, func(p places) error { return linked(p.Bucket) }},
		{"capabilities for a program of its own", "", onOwn("capable", makeCapable)},
		{"a trusted attribute for a file of its own", "", onOwn("trusted", makeTrusted)},
		{"a program of its own for root, with set-user-ID", "", onOwn("root", giveToRoot)},
		{"a device of the machine's disk", "", device(unix.S_IFBLK, unix.Mkdev(8, 0))},
		{"a device of the machine's memory", "", device(unix.S_IFCHR, unix.Mkdev(1, 1))},
		{"write the APKBUILD", gapRecipe + "|" + gapFiles, writeRecipe},
		{"remove the APKBUILD", gapRecipe + "|" + gapFiles, func(places) error { return moved(0) }},
		{"replace the directory of the APKBUILD", gapRecipe + "|" + gapFiles, func(places) error { return moved(1) }},
		{"replace the directory above it", gapRecipe + "|" + gapFiles, func(places) error { return moved(2) }},
		{"another application's sources by its processes", gapProcesses, places.siblings},
		{"the memory of what started the build", gapProcesses, func(places) error { return ancestors() }},
		{"trace what started the build", "", func(places) error { return traceAncestor() }},
		{"a System V message queue", gapQueues, places.receive},
		{"remove System V shared memory", "", places.removeSegment},
		{"remove a POSIX message queue", "", places.removeQueue},
		{"the priority of another process", "", places.setPriority},
		{"the processors of another process", "", places.setAffinity},
		{"read the user's file in /tmp", gapShared, func(p places) error { return holds(p.Shared) }},
		{"read a public file in /tmp", gapPublic + "|" + gapShared, func(p places) error { return holds(p.Shared + ".public") }},
		{"read the user's file in /dev/shm", gapShared, func(p places) error { return holds(p.Memory) }},
		{"System V shared memory", "", places.sharedSegment},
		{"ssh-agent", "", func(p places) error { return connect(p.Agent) }},
		{"a public socket in a hidden directory", gapSockets, func(p places) error { return connect(p.Public) }},
		{"a socket by way of a datagram pair", gapSockets, places.datagrams},
		{"an abstract socket", gapAbstract, dial},
		{"keys of the session", "", func(places) error { return keys() }},
		{"typing into the controlling terminal", "", func(places) error { return typeInto("/dev/tty") }},
		{"typing into another terminal", "", func(p places) error { return typeInto(p.Terminal) }},
		{"writing to another terminal", gapTerminals, func(p places) error {
			f, err := os.OpenFile(p.Terminal, os.O_WRONLY|unix.O_NOCTTY, 0)
			if err == nil {
				err = f.Close()
			}
			return err
		}},
		{"inherited descriptors", "", func(places) error { return descriptors() }},
		{"supplementary groups", "", places.groups},
		{"command line of another process", gapCommands, places.commandLine},
		{"memory of another process in /proc", gapProcesses, places.openMemory},
		{"process_vm_readv", "", func(p places) error { return p.readMemory(unix.SYS_PROCESS_VM_READV) }},
		{"process_vm_writev", "", func(p places) error { return p.readMemory(unix.SYS_PROCESS_VM_WRITEV) }},
		{"ptrace", "", func(p places) error { return unix.PtraceSeize(p.Other) }},
		{"limits of another process", "", places.setLimit},
		{"pidfd_getfd", "", refused(unix.SYS_PIDFD_GETFD)},
		{"kcmp", "", refused(unix.SYS_KCMP)},
		{"mount", "", refused(unix.SYS_MOUNT)},
		{"umount", "", refused(unix.SYS_UMOUNT2)},
		{"fsopen", "", refused(unix.SYS_FSOPEN)},
		{"open_tree", "", refused(unix.SYS_OPEN_TREE, ^uintptr(99), 0, 1)},
		{"move_mount", "", refused(unix.SYS_MOVE_MOUNT)},
		{"setns", "", refused(unix.SYS_SETNS, ^uintptr(0))},
		{"a user namespace by unshare", "", refused(unix.SYS_UNSHARE, unix.CLONE_NEWUSER)},
		{"a user namespace by clone3", "", refused(unix.SYS_CLONE3)},
		{"io_uring", "", refused(unix.SYS_IO_URING_SETUP)},
		{"bpf", "", refused(unix.SYS_BPF, 99)},
		{"perf_event_open", "", refused(unix.SYS_PERF_EVENT_OPEN)},
		{"userfaultfd", "", refused(unix.SYS_USERFAULTFD, 1<<30)},
		{"open_by_handle_at", "", refused(unix.SYS_OPEN_BY_HANDLE_AT)},
		{"fanotify_init", "", refused(unix.SYS_FANOTIFY_INIT, 1<<30)},
		{"syslog", "", refused(unix.SYS_SYSLOG, 99)},
		{"kexec_load", "", refused(unix.SYS_KEXEC_LOAD)},
		{"a socket of the kernel's ciphers", "", refused(unix.SYS_SOCKET, unix.AF_ALG, unix.SOCK_SEQPACKET)},
		{"a socket to the host of a virtual machine", "", refused(unix.SYS_SOCKET, unix.AF_VSOCK, unix.SOCK_STREAM)},
		{"a packet socket", "", refused(unix.SYS_SOCKET, unix.AF_PACKET, unix.SOCK_RAW)},
		{"netlink's list of sockets", "", refused(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_INET_DIAG)},
		{"calls of another architecture", "", func(places) error { return foreign() }},
		{"writing a setting of the kernel", "", func(places) error {
			return os.WriteFile("/proc/sys/kernel/core_pattern", []byte("core"), 0)
		}},
		{"writing to the system", "", func(places) error { return os.WriteFile("/etc/pakman-evil", []byte("x"), 0o644) }},
		{"kernel messages", "", func(places) error { return listed("/dev/kmsg") }},
		{"core files", "", func(places) error { return limitOf(unix.RLIMIT_CORE, 0) }},
		{"processes without number", "", func(places) error { return limitOf(unix.RLIMIT_NPROC, 1<<14) }},
		{"a fork bomb", "", func(places) error { return bomb() }},
		{"files of any size", "", func(places) error { return limitOf(unix.RLIMIT_FSIZE, 1<<36) }},
		{"open files without number", "", func(places) error { return limitOf(unix.RLIMIT_NOFILE, 1<<16) }},
		{"a process that outlives the build", "", places.stay},
	}...)
}
