package programs

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
)

// verdict is what is known of something that is not in the packages.
type verdict uint8

const (
	missing  verdict = iota // nothing on the machine has it
	doubtful                // nothing is known to bring it, and not everything is known
	unknown                 // what is there may bring it
	given
)

// supply is where programs come from that are not in the packages.
type supply struct{ depends []string }

// newSupply returns what dependencies bring. The application's own packages bring what is known already.
func newSupply(depends, own []string) supply {
	var s supply
	for _, word := range depends {
		name := apk.DependencyName(word)
		if !strings.HasPrefix(word, "!") && !slices.Contains(own, name) {
			s.depends = append(s.depends, name)
		}
	}
	return s
}

// program returns what is known of a program, which is named by its base name.
func (s supply) program(name string) verdict {
	if slices.Contains(strings.Fields(applets), name) || slices.Contains(base, name) {
		return given
	}
	all := true // packages are known
	known := makers[name]
	for _, d := range s.depends {
		if d == name || d == "cmd:"+name || path.IsAbs(d) && path.Base(d) == name {
			return given
		}
		brings, ok := packages[d]
		all = all && (ok || strings.HasPrefix(d, "so:") || strings.HasPrefix(d, "pc:"))
		if slices.Contains(strings.Fields(brings), name) {
			return given
		}
		for _, part := range known.parts {
			if !ok && strings.Contains(d, part) {
				return unknown
			}
		}
	}
	switch {
	case all:
		return missing
	case len(known.parts) > 0:
		return doubtful
	}
	return unknown
}

var glibcPackage = regexp.MustCompile(`glibc|gcompat|libc6-compat|ld-linux`)

// glibc reports whether a dependency may bring the loader of the GNU C library.
func (s supply) glibc() bool {
	return slices.ContainsFunc(s.depends, glibcPackage.MatchString)
}

// systemDirs are where Alpine's packages have programs.
var systemDirs = []string{"/bin", "/sbin", "/usr/bin", "/usr/sbin"}

// maker is what brings a program: the package to name, and parts of the names of packages that may bring it along.
type maker struct {
	name  string
	parts []string
}

// envSplit stands for the option -S of env, which busybox does not know.
const envSplit = "env-S"

// makers are those of programs that applications run on.
var makers = map[string]maker{
	"node":    {"nodejs", []string{"node", "npm", "yarn", "pnpm"}},
	"npm":     {"npm", []string{"npm", "yarn"}},
	"npx":     {"npm", []string{"npm", "yarn"}},
	"python":  {"python3", []string{"python", "py3-"}},
	"python3": {"python3", []string{"python", "py3-"}},
	"ruby":    {"ruby", []string{"ruby"}},
	"bundle":  {"ruby-bundler", []string{"bundler"}},
	"perl":    {"perl", []string{"perl"}},
	"php":     {"php84", []string{"php", "composer"}},
	"bash":    {"bash", []string{"bash"}},
	"java":    {"openjdk21-jre-headless", []string{"openjdk", "java", "jre", "jdk"}},
	"elixir":  {"elixir", []string{"elixir"}},
	"erl":     {"erlang", []string{"erlang", "elixir"}},
	envSplit:  {"coreutils", []string{"coreutils", "uutils"}},
}

// provider returns the package to add for a program; empty where it is not known.
func provider(program string) string { return makers[program].name }

// packages are those that applications often depend on, with the programs that they bring besides one of their own name;
// what they depend on themselves brings no others.
var packages = map[string]string{
	"bash": "", "ca-certificates": "update-ca-certificates c_rehash", "ca-certificates-bundle": "", "curl": "", "jq": "", "tzdata": "",
	"s6": "s6-svscan s6-svc s6-svstat s6-setuidgid s6-log s6-supervise s6-svscanctl", "su-exec": "", "tini": "", "openssl": "c_rehash",
	"musl": "", "gcompat": "", "libc6-compat": "", "libgcc": "", "libstdc++": "", "zlib": "", "libcrypto3": "", "libssl3": "",
	"icu-libs": "", "icu-data-full": "", "ncurses-libs": "", "libpq": "", "sqlite-libs": "", "sqlite": "sqlite3", "yaml": "", "gmp": "",
	"nodejs": "node", "nodejs-current": "node", "npm": "node npx", "python3": "python python3 pydoc3", "ruby": "irb rake erb gem",
	"nginx": "", "caddy": "", "coreutils": envSplit, "vips": "", "libffi": "", "expat": "", "readline": "", "libxml2": "",
}

// base are programs besides busybox's that each Alpine with services has.
var base = []string{
	"apk", "getent", "ldd", "ldconfig", "iconv", "scanelf", "ssl_client", "openrc-run", "rc-service", "rc-update", "rc-status",
	"openrc", "start-stop-daemon", "supervise-daemon", "checkpath", "busybox",
}

// applets are busybox's, as in Alpine 3.16 and newer.
const applets = `[ [[ acpid add-shell addgroup adduser adjtimex arch arp arping ash awk base64 basename bbconfig bc beep blkdiscard
blkid blockdev brctl bunzip2 bzcat bzip2 cal cat chattr chgrp chmod chown chpasswd chroot chvt cksum clear cmp comm cp cpio crond
crontab cryptpw cut date dc dd deallocvt delgroup deluser depmod df diff dirname dmesg dnsdomainname dos2unix du dumpkmap echo ed
egrep eject env ether-wake expand expr factor fallocate false fatattr fbset fbsplash fdflush fdisk fgrep find findfs flock fold
free fsck fstrim fsync fuser getopt getty grep groups gunzip gzip halt hd head hexdump hostid hostname hwclock id ifconfig ifdown
ifenslave ifup init inotifyd insmod install ionice iostat ip ipaddr ipcalc ipcrm ipcs iplink ipneigh iproute iprule iptunnel
kbd_mode kill killall killall5 klogd last less link linux32 linux64 ln loadfont loadkmap logger login logread losetup ls lsattr
lsmod lsof lsusb lzcat lzma lzop lzopcat makemime md5sum mdev mesg microcom mkdir mkdosfs mkfifo mkfs.vfat mknod mkpasswd mkswap
mktemp modinfo modprobe more mount mountpoint mpstat mv nameif nanddump nandwrite nbd-client nc netstat nice nl nmeter nohup
nologin nproc nsenter nslookup ntpd od openvt partprobe passwd paste pgrep pidof ping ping6 pipe_progress pivot_root pkill pmap
poweroff printenv printf ps pscan pstree pwd pwdx raidautorun rdate rdev readahead readlink realpath reboot reformime remove-shell
renice reset resize rev rfkill rm rmdir rmmod route run-parts sed sendmail seq setconsole setfont setkeycodes setlogcons setpriv
setserial setsid sh sha1sum sha256sum sha3sum sha512sum showkey shred shuf slattach sleep sort split stat strings stty su sum
swapoff swapon switch_root sync sysctl syslogd tac tail tar tee test time timeout top touch tr traceroute traceroute6 tree true
truncate tty ttysize tunctl udhcpc udhcpc6 umount uname unexpand uniq unix2dos unlink unlzma unlzop unshare unxz unzip uptime
usleep uudecode uuencode vconfig vi vlock volname watch watchdog wc wget which who whoami whois xargs xxd xzcat yes zcat zcip`
