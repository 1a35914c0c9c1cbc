package apkbuild

import (
	"regexp"
	"strings"
)

// shellNames are variables that shells keep for themselves: exporting them changes how the script itself runs.
const shellNames = `IFS OPTIND OPTARG LINENO PPID UID EUID GROUPS SHELLOPTS BASHOPTS BASH_VERSINFO BASH_ENV ENV PS4`

// abuildNames are variables that abuild works with (APKBUILD(5), and abuild's own).
var abuildNames = oneOf(shellNames + ` PATH pkgname pkgver pkgrel pkgdesc url arch license options depends makedepends
	makedepends_build makedepends_host checkdepends depends_dev depends_doc depends_libs depends_openrc provides
	provider_priority replaces replaces_priority install install_if triggers subpackages source sha512sums sha256sums
	md5sums builddir srcdir pkgdir pkgbasedir tmpdir startdir subpkgdir subpkgname subpkgarch pkgusers pkggroups langdir
	ldpath giturl patch_args maintainer pcprefix sonameprefix somask linguas fakeroot repo REPODEST SRCDEST APKBUILD
	CARCH CHOST CBUILD CTARGET CBUILDROOT BUILD_BASE PACKAGER PACKAGER_PRIVKEY PACKAGER_PUBKEY FAKEROOT FAKEROOTKEY`)

// openrcNames are variables that OpenRC's scripts work with (openrc-run(8)): conf.d sets them for the init script too.
var openrcNames = regexp.MustCompile(`^(RC_.*|EINFO_.*|SVCNAME)$|` + oneOf(shellNames+` PATH name description command command_args
	command_args_background command_args_foreground command_background command_progress command_user chroot directory
	pidfile procname umask retry stopsig supervisor supervise_daemon_args start_stop_daemon_args start_inactive
	in_background_fake input_file output_log error_log output_logger error_logger respawn_delay respawn_max respawn_period
	respawn_delay_step respawn_delay_cap healthcheck_delay healthcheck_timer notify ready capabilities secbits no_new_privs
	extra_commands extra_started_commands extra_stopped_commands required_dirs required_files opts s6_service_path
	s6_svwait_options_start s6_service_timeout_stop s6_force_kill s6_log_arguments timeout_ready timeout_down timeout_kill
	service_line service_directory stopgroup status`).String())

// openrcFunctions are names that a function of an init script must not have: OpenRC's own, and what shells and the
// generated functions call. reload is not among them: OpenRC leaves it to the script.
var openrcFunctions = regexp.MustCompile(
	`^(_.*|e(info|warn|error)n?|ve.*|service_.*|(default|s6|ssd|supervise|runit|start|stop|status|restart)_.*)$|` +
		oneOf(`start stop restart status depend describe zap pause ineed iuse iwant needsme usesme wantsme iafter ibefore
	iprovide need use want before after provide keyword config ebegin eend ewend eindent eoutdent esyslog eval_ecolors
	checkpath mark_service yesno verify_boot sourcex apply_ulimits rc_runlevel is_net_fs is_union_fs get_bootparam
	get_bootparam_value need_if_exists fstabinfo mountinfo shell_var save_options get_options is_older_than is_newer_than
	healthcheck unhealthy cgroup_cleanup supervise_daemon
	break continue eval exec exit export readonly return set shift times trap unset alias bg cd command echo false fg getopts
	hash jobs kill let local printf pwd read test true type ulimit umask unalias wait
	if then else elif fi do done case esac while until for in function select time coproc
	su env sh printf id mkdir ln rm cat grep sed s6_setuidgid`).String())

// oneOf matches exactly one of the words.
func oneOf(words string) *regexp.Regexp {
	return regexp.MustCompile(`^(` + strings.Join(strings.Fields(words), "|") + `)$`)
}
