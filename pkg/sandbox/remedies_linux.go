package sandbox

import (
	"os"
	"strings"
)

// remedies returns what would give this process the strongest means.
func remedies(g grant) []string {
	if g.means == Namespaces {
		if g.landlock < abiScopes {
			return []string{"use Linux 6.12 or later with Landlock turned on (lsm=landlock,… on the kernel's command line)",
				"set build.network to false"}
		}
		return []string{"use a machine that allows seccomp filters"}
	}
	var ways []string
	if os.Geteuid() == 0 {
		ways = append(ways,
			"start the container with --cap-add SYS_ADMIN --security-opt seccomp=unconfined --security-opt apparmor=unconfined")
	} else {
		ways = append(ways, allowNamespaces())
	}
	if g.landlock < abiRefer {
		ways = append(ways, "use a kernel with Landlock, and Docker 23 or later")
	}
	return ways
}

// allowNamespaces returns what lets a user make namespaces.
func allowNamespaces() string {
	var settings []string
	for _, s := range []struct{ file, closed, setting string }{
		{"/proc/sys/kernel/unprivileged_userns_clone", "0", "kernel.unprivileged_userns_clone=1"},
		{"/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1", "kernel.apparmor_restrict_unprivileged_userns=0"},
		{"/proc/sys/user/max_user_namespaces", "0", "user.max_user_namespaces=10000"},
	} {
		if text, err := os.ReadFile(s.file); err == nil && strings.TrimSpace(string(text)) == s.closed {
			settings = append(settings, s.setting)
		}
	}
	if len(settings) > 0 {
		return "allow user namespaces: sudo sysctl " + strings.Join(settings, " ")
	}
	return "start the program where user namespaces are allowed (in Docker: --security-opt seccomp=unconfined --security-opt " +
		"apparmor=unconfined --security-opt systempaths=unconfined)"
}
