# shellcheck shell=dash disable=SC1007,SC1091,SC2034,SC2046,SC2086,SC2154
# (Variables come from the APKBUILD and go to it, and its lists are split into words on purpose.)
#
# The shell side of the native builder: it gives an APKBUILD the variables and helper functions
# that it expects, and runs one of its functions.
#
#   sh driver.sh FUNCTION OUTPUT
#   sh driver.sh plan OUTPUT PROGRAMS [package]   the metadata: of the APKBUILD, of package(), of each split function, which are
#                                          run where there is nothing to pack, without the PROGRAMS
#   sh driver.sh split OUTPUT SUBPACKAGE   the split function of a subpackage
#
# Metadata is written to OUTPUT as NAME=VALUE, each ended by a NUL byte; another one parts packages. The environment gives
# startdir, CARCH, CHOST and owners (the file that remembers who owns what).
#
# It is POSIX shell with `local`, which dash, ash and bash have. APKBUILDs are written for Alpine's sh, which is busybox ash: where
# sh has less than its language, as dash has, ash itself runs this file, or bash. A busybox that runs its own programs in place of
# those on PATH is left out.

set -e
umask 022

# shellcheck disable=SC2016,SC3057
if [ "$driver_shell" != "$$" ] && ! (eval 'v=a.b; [ "${v//./_}" = a_b ] && [[ $v = a.b ]]') 2>/dev/null; then
	export driver_shell="$$"
	if busybox ash -c : 2>/dev/null && ! busybox ash -c 'PATH=/nowhere; ls /' >/dev/null 2>&1; then
		exec busybox ash "$0" "$@"
	elif bash --posix -c : 2>/dev/null; then
		exec bash --posix "$0" "$@"
	fi
fi
unset driver_shell

msg() { printf '>>> %s: %s\n' "${subpkgname:-$pkgname}" "$*" >&2; }
msg2() { printf '    %s\n' "$*" >&2; }
warning() { printf '>>> WARNING: %s: %s\n' "${subpkgname:-$pkgname}" "$*" >&2; }
warning2() { msg2 "$@"; }
error() { printf '>>> ERROR: %s: %s\n' "${subpkgname:-$pkgname}" "$*" >&2; }
error2() { msg2 "$@"; }
die() {
	error "$@"
	exit 1
}

# list_has WORD LIST…
list_has() {
	local wanted="$1" word
	shift
	for word in "$@"; do
		[ "$word" != "$wanted" ] || return 0
	done
	return 1
}
# The lists are split into words on purpose.
options_has() { list_has "$1" $options; }
depends_has() { list_has "$1" $depends; }
makedepends_has() { list_has "$1" $makedepends; }
install_has() { list_has "$1" $install; }
source_has() { list_has "$1" $source; }
subpackages_has() {
	local word
	for word in $subpackages; do
		[ "${word%%:*}" != "$1" ] || return 0
	done
	return 1
}
# _splits KIND: whether there is a -KIND subpackage
_splits() {
	local word
	for word in $subpackages; do
		word="${word%%:*}"
		[ "${word##*-}" != "$1" ] || return 0
	done
	return 1
}
is_function() {
	case "$(type "$1" 2>/dev/null)" in
	*function*) return 0 ;;
	esac
	return 1
}
is_remote() {
	case "${1#*::}" in
	http://* | https://* | ftp://*) return 0 ;;
	esac
	return 1
}
filename_from_uri() {
	local name="${1%%::*}"
	printf '%s\n' "${name##*/}"
}
cross_compiling() { return 1; }
cross_creating() { return 1; }
want_check() { ! options_has '!check'; }

# --- Owners ----------------------------------------------------------------------------------------
# Nobody but root may give files away, and a package's users do not exist on this machine. So
# chown, chgrp and install -o/-g write down what was meant, by the file's number (which survives
# mv), and the packages are written accordingly. A program that calls the real chown fails, and one
# that copies files of others' by other means than cp copies them as root's.

# _owner_record USER GROUP DEPTH FOLLOW FILE…: "-" leaves one as it is
_owner_record() {
	local user="$1" group="$2" depth="$3" follow="$4" file
	shift 4
	for file in "$@"; do
		case "$file" in
		-*) file="./$file" ;;
		esac
		if [ ! -e "$file" ] && [ ! -L "$file" ]; then
			printf "chown: cannot access '%s': No such file or directory\n" "$file" >&2
			return 1
		fi
		# %w, the time of birth, tells a file from a later one that got its number.
		if [ "$depth" = all ]; then
			find "$file" -exec stat -c "%d:%i|%w|$user|$group" {} + >>"$owners"
		else
			stat $follow -c "%d:%i|%w|$user|$group" "$file" >>"$owners"
		fi
	done
}

# _owner_command KIND ARGUMENT…: chown or chgrp
_owner_command() {
	local kind="$1" depth=one follow=-L spec user=- group=-
	shift
	while [ $# -gt 0 ]; do
		case "$1" in
		--) shift && break ;;
		--recursive) depth=all ;;
		--no-dereference) follow= ;;
		--*) ;;
		-*)
			case "$1" in *R*) depth=all ;; esac
			case "$1" in *h*) follow= ;; esac
			;;
		*) break ;;
		esac
		shift
	done
	if [ $# -lt 2 ]; then
		printf '%s: missing operand\n' "$kind" >&2
		return 1
	fi
	spec="$1"
	shift
	if [ "$kind" = chgrp ]; then
		group="$spec"
	else
		user="${spec%%:*}"
		case "$spec" in
		*:) group="$user" ;;
		*:*) group="${spec#*:}" ;;
		esac
		user="${user:--}"
	fi
	_owner_record "$user" "$group" "$depth" "$follow" "$@"
}
chown() { _owner_command chown "$@"; }
chgrp() { _owner_command chgrp "$@"; }

# install without -o and -g, whose values are remembered.
install() {
	local user=- group=- directory= into= whole= option rest target count source
	count=$#
	while [ "$count" -gt 0 ]; do
		option="$1"
		shift
		count=$((count - 1))
		case "$option" in
		--) break ;;
		--owner=*) user="${option#*=}" ;;
		--group=*) group="${option#*=}" ;;
		--directory) directory=1 && set -- "$@" -d ;;
		--target-directory=*) into="${option#*=}" && set -- "$@" -t "$into" ;;
		--*) set -- "$@" "$option" ;;
		-?*)
			rest="${option#-}"
			while [ -n "$rest" ]; do
				option="${rest%"${rest#?}"}"
				rest="${rest#?}"
				case "$option" in
				[mogtS])
					if [ -z "$rest" ]; then
						rest="$1"
						shift
						count=$((count - 1))
					fi
					case "$option" in
					o) user="$rest" ;;
					g) group="$rest" ;;
					*) set -- "$@" "-$option" "$rest" ;;
					esac
					[ "$option" != t ] || into="$rest"
					rest=
					;;
				*)
					[ "$option" != d ] || directory=1
					[ "$option" != T ] || whole=1
					set -- "$@" "-$option"
					;;
				esac
			done
			;;
		*)
			set -- "$@" "$option"
			;;
		esac
	done
	while [ "$count" -gt 0 ]; do # operands behind "--"
		option="$1"
		shift
		count=$((count - 1))
		case "$option" in -*) option="./$option" ;; esac
		set -- "$@" "$option"
	done
	if [ "$user$group" = -- ]; then
		command install "$@"
		return
	fi
	for target in "$@"; do :; done # the last operand
	if [ -z "$directory" ] && [ -z "$into" ] && [ -z "$whole" ] && [ -d "$target" ]; then
		into="$target"
	fi
	command install "$@"
	while [ $# -gt 0 ]; do
		case "$1" in
		-m | -t | -S) shift ;;
		-*) ;;
		*)
			source="$1"
			if [ -n "$directory" ]; then
				_owner_record "$user" "$group" one "" "$source"
			elif [ -n "$into" ] && [ "$source" != "$into" ]; then
				_owner_record "$user" "$group" one "" "$into/${source##*/}"
			fi
			;;
		esac
		shift
	done
	[ -n "$directory$into" ] || _owner_record "$user" "$group" one "" "$target"
}

# setcap CAPABILITIES FILE…, or -r FILE…: the kernel lets only root do it, so it is remembered like owners.
setcap() {
	local remove=
	while :; do
		case "${1-}" in
		-q) ;;
		-r) remove=1 ;;
		-*) die "setcap $1: the native builder takes -q and -r alone" ;;
		*) break ;;
		esac
		shift
	done
	[ $# -gt 0 ] || die "setcap: no file is named"
	while [ $# -gt 0 ]; do
		if [ -n "$remove" ]; then
			set -- = "$@"
		fi
		case "$1" in
		*[!a-z0-9_,=+\ -]*) die "setcap: '$1' is no list of capabilities" ;;
		esac
		if [ ! -f "${2-}" ] || [ -L "$2" ]; then
			die "setcap: '${2-}' is not a file"
		fi
		stat -c "%d:%i|%w|-|-|$1" "$2" >>"$owners"
		shift 2
	done
}

# cp whose -a and -p keep remembered owners.
cp() {
	local keep= into= whole= last= operand= value=
	if [ ! -s "$owners" ]; then
		command cp "$@"
		return
	fi
	for operand in "$@"; do
		if [ -n "$value" ]; then
			into="$operand" value=
			continue
		fi
		case "$operand" in
		--archive | --preserve | --preserve=*) keep=1 ;;
		--target-directory=*) into="${operand#*=}" ;;
		--no-target-directory) whole=1 ;;
		--*) ;;
		-?*)
			case "$operand" in *[ap]*) keep=1 ;; esac
			case "$operand" in *T*) whole=1 ;; esac
			case "$operand" in *t) value=1 ;; esac
			;;
		*) last="$operand" ;;
		esac
	done
	[ -n "$into$whole" ] || [ ! -d "$last" ] || into="$last"
	command cp "$@" || return
	[ -n "$keep" ] || return 0
	for operand in "$@"; do
		case "$operand" in
		-?* | "${into:-$last}") continue ;;
		esac
		while [ "${operand%/}" != "$operand" ]; do operand="${operand%/}"; done
		_owner_copy "$operand" "${into:+$into/${operand##*/}}"
	done
}

# _owner_copy FROM TO: an empty TO is the last operand of cp. Names cannot hold a line's end in a package.
_owner_copy() {
	local from="$1" to="${2:-$last}"
	{
		sed 's/^/known|/' "$owners"
		find "$from" -exec stat -c 'from|%d:%i|%w|%n' {} +
		find "$to" -exec stat -c 'to|%d:%i|%w|%n' {} +
	} | from="$from" to="$to" awk -F'|' '
		$1 == "known" { known[$2 "|" $3] = known[$2 "|" $3] $4 "|" $5 (NF > 5 ? "|" $6 : "") "\n"; next }
		{ name = $0; sub(/^[^|]*[|][^|]*[|][^|]*[|]/, "", name); name = substr(name, length(ENVIRON[$1]) + 1) }
		$1 == "from" && ($2 "|" $3) in known { wanted[name] = known[$2 "|" $3] }
		$1 == "to" && name in wanted {
			count = split(wanted[name], each, "\n")
			for (i = 1; i < count; i++) print $2 "|" $3 "|" each[i]
		}' >"$owners.new"
	cat "$owners.new" >>"$owners"
}

# --- What an APKBUILD may call ---------------------------------------------------------------------

# amove PATH…: from the package to the subpackage. A pattern may be quoted: it is expanded in $pkgdir.
amove() {
	local path parent status=0 before
	[ -n "$subpkgdir" ] || die "amove is for the split functions of subpackages"
	before="$(pwd)"
	cd "$pkgdir"
	for path in "$@"; do
		while [ "${path#/}" != "$path" ]; do path="${path#/}"; done
		case "$path" in
		*[*?[]*)
			if [ ! -e "$path" ] && [ ! -L "$path" ]; then
				_amove_pattern "$path" || status=1
				continue
			fi
			;;
		esac
		while [ "${path%/}" != "$path" ]; do path="${path%/}"; done
		if [ ! -e "$path" ] && [ ! -L "$path" ]; then
			status=1
			continue
		fi
		parent="$(dirname "./$path")"
		mkdir -p "$subpkgdir/$parent"
		mv "./$path" "$subpkgdir/$parent/"
		while [ "$parent" != . ] && rmdir "$parent" 2>/dev/null; do
			parent="$(dirname "$parent")"
		done
	done
	cd "$before"
	return "$status"
}

# _amove_pattern PATTERN: what it matches; a name that looks like a pattern again is not matched again
_amove_pattern() {
	local pattern="$1" IFS=
	set -- $pattern
	[ "$1" != "$pattern" ] || return 1
	amove "$@"
}

default_prepare() {
	local entry name
	[ ! -d "$builddir" ] || cd "$builddir"
	for entry in $source; do
		name="$(filename_from_uri "$entry")"
		case "$name" in
		*.patch)
			msg "$name"
			patch ${patch_args:--p1} -i "$srcdir/$name"
			;;
		*.patch.gz)
			msg "$name"
			gunzip -c "$srcdir/$name" | patch ${patch_args:--p1}
			;;
		*.patch.xz)
			msg "$name"
			unxz -c "$srcdir/$name" | patch ${patch_args:--p1}
			;;
		esac
	done
}
default_unpack() { :; } # the sources are in place already
default_check() { warning "there is no check()"; }
prepare() { default_prepare; }
build() { :; }

# _split DESCRIPTION DEPENDS COMPANION PATH…: the usual subpackage; COMPANION pulls it in
_split() {
	pkgdesc="$1"
	depends="$2"
	[ -z "$3" ] || install_if="$3 ${subpkgname%-*}=$pkgver-r$pkgrel"
	shift 3
	amove "$@" || :
}
default_openrc() { _split "$pkgdesc (OpenRC init scripts)" "$depends_openrc" openrc etc/conf.d etc/init.d etc/user/conf.d etc/user/init.d; }
default_systemd() { _split "$pkgdesc (systemd files)" "$depends_systemd" systemd usr/lib/systemd; }
default_udev() { _split "$pkgdesc (udev rules)" "$depends_udev" udev usr/lib/udev; }
default_libs() {
	cd "$pkgdir"
	_split "$pkgdesc (libraries)" "$depends_libs" "" lib/lib*.so.[0-9]* usr/lib/lib*.so.[0-9]*
}
default_lang() {
	amove "${langdir:-/usr/share/locale}"
	pkgdesc="Languages for package $pkgname"
	depends="$depends_lang"
	install_if="$pkgname=$pkgver-r$pkgrel lang"
}
default_static() {
	depends="$depends_static"
	pkgdesc="$pkgdesc (static library)"
	cd "$pkgdir"
	# File names with spaces are not names of static libraries.
	amove $(find lib usr/lib -name '*.a' 2>/dev/null)
}
default_dev() {
	local path
	depends="$depends_dev"
	pkgdesc="$pkgdesc (development files)"
	cd "$pkgdir"
	for path in usr/include usr/lib/pkgconfig usr/share/pkgconfig usr/share/aclocal usr/share/gettext usr/bin/*-config \
		usr/share/vala/vapi usr/share/gir-[0-9]* usr/share/qt*/mkspecs usr/lib/qt*/mkspecs usr/lib/cmake usr/share/cmake \
		usr/lib/glade/modules usr/share/glade/catalogs $(find . -name include -type d) \
		$(_splits static || find lib usr -name '*.a' 2>/dev/null) $(find lib usr -name '*.[cho]' -o -name '*.prl' 2>/dev/null); do
		if [ -e "$path" ] || [ -L "$path" ]; then amove "$path"; fi
	done
	for path in lib/*.so usr/lib/*.so; do
		[ ! -L "$path" ] || amove "$path"
	done
}
default_doc() {
	local kind page inode first= first_inode=
	depends="$depends_doc"
	pkgdesc="$pkgdesc (documentation)"
	install_if="docs $pkgname=$pkgver-r$pkgrel"
	for kind in doc man info html sgml licenses gtk-doc ri help; do
		amove "usr/share/$kind" || :
	done
	[ -d "$subpkgdir/usr/share/man" ] || return 0
	find "$subpkgdir/usr/share/man" -type f ! -name '*.gz' ! -name '*.bz2' ! -name '*.xz' -exec stat -c '%i %n' {} + |
		LC_ALL=C sort | while read -r inode page; do
		if [ "$inode" = "$first_inode" ]; then
			ln -s "${first##*/}.gz" "$page.gz"
		else
			gzip -n -9 -c "$page" >"$page.gz"
			first="$page" first_inode="$inode"
		fi
		rm "$page"
	done
	find "$subpkgdir/usr/share/man" -type l ! -name '*.gz' | while IFS= read -r page; do
		ln -s "$(readlink "$page").gz" "$page.gz"
		rm "$page"
	done
}
default_bashcomp() {
	amove usr/share/bash-completion/completions
	depends=
	pkgdesc="Bash completions for $pkgname"
	install_if="${subpkgname%-bash-completion}=$pkgver-r$pkgrel bash-completion"
}
default_zshcomp() {
	amove usr/share/zsh/site-functions
	depends=
	pkgdesc="Zsh completions for $pkgname"
	install_if="${subpkgname%-zsh-completion}=$pkgver-r$pkgrel zsh"
}
default_fishcomp() {
	amove usr/share/fish/vendor_completions.d
	depends=
	pkgdesc="Fish completions for $pkgname"
	install_if="${subpkgname%-fish-completion}=$pkgver-r$pkgrel fish"
}
default_devhelp() {
	amove usr/share/devhelp
	depends=
	pkgdesc="$pkgname - devhelp files"
	install_if="$pkgname=$pkgver-r$pkgrel devhelp"
}
default_nftrules() {
	depends=
	pkgdesc="$pkgdesc (nftables ruleset)"
	install_if="nftables-rulesets ${subpkgname%-nftrules}=$pkgver-r$pkgrel"
	amove 'usr/share/nftables.avail/*.nft' || :
}
default_pyc() {
	local dir
	depends=
	pkgdesc="Precompiled Python bytecode for ${subpkgname%-pyc}"
	install_if="${subpkgname%-pyc}=$pkgver-r$pkgrel pyc"
	cd "$pkgdir"
	find usr/lib/python* -type d -name __pycache__ -prune >"$tmpdir/pyc"
	while IFS= read -r dir; do amove "$dir"; done <"$tmpdir/pyc"
}
# The symbols of programs and libraries that can be moved in memory, as files that debuggers find by name.
default_dbg() {
	local file symbols
	depends=
	pkgdesc="$pkgdesc (debug symbols)"
	for file in objcopy readelf; do
		command -v "$file" >/dev/null || die "a -dbg subpackage needs $file on this machine (Debian: binutils)"
	done
	find "$pkgbasedir"/*/ -type f ! -path "$subpkgdir/*" | LC_ALL=C sort >"$tmpdir/dbg"
	while IFS= read -r file; do
		case "$(LC_ALL=C readelf -h "$file" 2>/dev/null)" in
		*Type:*DYN*) ;;
		*) continue ;;
		esac
		symbols="${file#"$pkgbasedir"/*/}"
		symbols="$subpkgdir/usr/lib/debug/$symbols.debug"
		mkdir -p "${symbols%/*}"
		[ -z "$(find "$tmpdir" -name dbg-seen -exec grep -Fx "$(stat -c %i "$file")" {} +)" ] || continue
		stat -c %i "$file" >>"$tmpdir/dbg-seen" # a hard link has its symbols already
		objcopy --only-keep-debug "$file" "$symbols"
		objcopy --add-gnu-debuglink="$symbols" --strip-unneeded -R .comment "$file" "$tmpdir/dbg-stripped"
		cat "$tmpdir/dbg-stripped" >"$file" # the same file, with its owner
	done <"$tmpdir/dbg"
	rm -f "$tmpdir"/dbg*
}
openrc() { default_openrc; }
systemd() { default_systemd; }
udev() { default_udev; }
libs() { default_libs; }
lang() { default_lang; }
static() { default_static; }
dev() { default_dev; }
doc() { default_doc; }
bashcomp() { default_bashcomp; }
zshcomp() { default_zshcomp; }
fishcomp() { default_fishcomp; }
dbg() { default_dbg; }
pyc() { default_pyc; }
nftrules() { default_nftrules; }
devhelp() { default_devhelp; }

# What abuild has and this builder has not fails in words.
for _name in update_config_sub update_config_guess; do
	eval "$_name() { die \"the native builder has no $_name: use --builder abuild\"; }"
done

# --- The work ----------------------------------------------------------------------------------------

# split_function SUBPACKAGE: the name in an entry NAME:FUNCTION:ARCH, or by the name's end
split_function() {
	local rest="${1#*:}"
	[ "$rest" != "$1" ] || rest=
	rest="${rest%%:*}"
	if [ -z "$rest" ]; then
		case "${1%%:*}" in
		*-bash-completion) rest=bashcomp ;;
		*-zsh-completion) rest=zshcomp ;;
		*-fish-completion) rest=fishcomp ;;
		*) rest="${1%%:*}" && rest="${rest##*-}" ;;
		esac
	fi
	printf '%s\n' "$rest"
}

# dump NAME…: the variables' values
dump() {
	local _dump_name _dump_value
	for _dump_name in "$@"; do
		eval "_dump_value=\${$_dump_name-}"
		printf '%s=%s\0' "$_dump_name" "$_dump_value"
	done
}

dump_functions() {
	local _entry _function
	for _function in package unpack check; do
		if is_function "$_function"; then printf 'function=%s\0' "$_function"; fi
	done
	for _entry in $subpackages; do
		_function="$(split_function "$_entry")"
		if is_function "$_function"; then printf 'function=%s\0' "$_function"; fi
	done
}

# dump_own: what every package has for itself
dump_own() { dump pkgdesc url license depends provides replaces replaces_priority provider_priority install_if; }

dump_all() {
	dump pkgname pkgver pkgrel arch maintainer options makedepends checkdepends triggers install subpackages source \
		sha512sums sha256sums pkgusers pkggroups builddir ldpath somask sonameprefix
	dump_own
}

# The reading before the build: package() and the split functions are run for the variables that they set. There is nothing
# in their directories, and what makes, moves or removes files does nothing.
_plan() {
	local _plan_name
	{
		dump_all
		dump_functions
	} >"$_output"
	pkgbasedir="$HOME/plan" tmpdir="$HOME/plan"
	pkgdir="$pkgbasedir/$pkgname"
	mkdir -p "$pkgdir"
	set +e
	for _plan_name in amove chown chgrp setcap find gzip objcopy readelf $_programs; do
		eval "$_plan_name() { :; }"
	done
	cd() { command cd "$@" 2>/dev/null || :; }
	# dash ends where ": >FILE" fails, so the directories of files are there.
	cp() {
		for _plan_name in "$@"; do
			case "$_plan_name" in "$pkgbasedir"/*) mkdir -p "${_plan_name%/*}" ;; esac
		done
	}
	install() { cp "$@"; }
	(
		trap _plan_dump EXIT
		$_dry
	) </dev/null >/dev/null 2>&1
	for _entry in $subpackages; do
		(
			trap _plan_dump EXIT
			$_dry
			subpkgname="${_entry%%:*}"
			subpkgdir="$pkgbasedir/$subpkgname"
			_function="$(split_function "$_entry")"
			provides=
			install_if=
			cd "$pkgdir"
			"$_function"
		) </dev/null >/dev/null 2>&1
	done
	rm -rf "$HOME/plan"
}
_plan_dump() {
	{
		printf '\0'
		dump_own
	} >>"$_output"
}

_phase="$1"
_output="$2"
_entry="$3"
_programs="$3"
_dry="$4"
srcdir="$startdir/src"
pkgbasedir="$startdir/pkg"
tmpdir="$startdir/tmp"
export srcdir tmpdir
unset subpkgdir subpkgname subpkgarch

cd "$startdir"
. "$startdir/APKBUILD"
builddir="${builddir:-$srcdir/$pkgname-$pkgver}"
# With -dbg the compilers keep the symbols.
if _splits dbg; then
	export CFLAGS="$CFLAGS -g" CXXFLAGS="$CXXFLAGS -g" DFLAGS="$DFLAGS -g"
	export CARGO_PROFILE_RELEASE_DEBUG=true CARGO_PROFILE_RELEASE_STRIP=none
fi
pkgdir="$pkgbasedir/$pkgname"

case "$_phase" in
plan) _plan ;;
split)
	subpkgname="${_entry%%:*}"
	subpkgdir="$pkgbasedir/$subpkgname"
	_function="$(split_function "$_entry")"
	for _name in pkgdesc url license depends replaces replaces_priority provider_priority; do # as package() left them
		eval "$_name=\$planned_$_name"
	done
	provides=
	install_if=
	cd "$pkgdir"
	msg "Running split function $_function..."
	"$_function"
	dump_own >"$_output"
	;;
*)
	[ "$_phase" = unpack ] || [ ! -d "$builddir" ] || cd "$builddir"
	"$_phase"
	dump_all >"$_output"
	;;
esac
