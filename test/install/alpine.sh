#!/bin/sh
# Installs a package on this Alpine machine from a repository that pakman left, upgrades it and removes it:
#   alpine.sh REPOSITORY PACKAGE OLD NEW
# REPOSITORY is the output directory of two builds; OLD and NEW are their versions with release (1.0.0-r0).
# Meant for a container or a copy of a root file system.
set -eu
repository=$1 package=$2 old=$3 new=$4

fail() {
	echo "alpine.sh: $*" >&2
	exit 1
}

installed() {
	apk info -v 2>/dev/null | grep -qx "$package-$1"
}

# audit fails where an installed file differs from its package.
audit() {
	changed=$(apk audit --system 2>/dev/null | grep "^[UMmX] .*$package" || :)
	[ -z "$changed" ] || fail "files differ from the package: $changed"
}

cp "$repository"/keys/*.pub /etc/apk/keys/
for branch in "$repository"/*/main; do
	echo "$branch" >>/etc/apk/repositories
done
apk update

# The platform takes any output on stderr as a failure.
apk add "$package=$old" 2>/tmp/stderr || fail "install: $(cat /tmp/stderr)"
[ ! -s /tmp/stderr ] || fail "install wrote to stderr: $(cat /tmp/stderr)"
installed "$old" || fail "$old is not installed"
audit
apk info -qL "$package" | while read -r file; do
	[ -e "/$file" ] || [ -L "/$file" ] || fail "/$file is missing"
done

apk add --upgrade "$package>$old" 2>/tmp/stderr || fail "upgrade: $(cat /tmp/stderr)"
[ ! -s /tmp/stderr ] || fail "upgrade wrote to stderr: $(cat /tmp/stderr)"
installed "$new" || fail "$new is not installed after the upgrade"
audit

apk del "$package" 2>/tmp/stderr || fail "remove: $(cat /tmp/stderr)"
[ ! -s /tmp/stderr ] || fail "removal wrote to stderr: $(cat /tmp/stderr)"
if installed "$new"; then
	fail "$new is installed after its removal"
fi
echo "$package: $old installed, upgraded to $new, removed"
