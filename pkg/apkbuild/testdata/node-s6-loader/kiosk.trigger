#!/bin/sh
# This does what a script of the application deferred until the init script is there.

# OpenRC's service s6-svscan expects the program in /bin, where not every release has it.
[ -e /bin/s6-svscan ] || [ ! -x /usr/bin/s6-svscan ] || ln -s /usr/bin/s6-svscan /bin/s6-svscan 2>/dev/null

read -r kind new old 2>/dev/null </run/kiosk.deferred || exit 0
rm -f /run/kiosk.deferred
set -- "$new" "$old"
case $kind in
post-install)

# hook.post-install of pakman.yml:40:3
rm -f /run/kiosk.failed
_failed() {
	[ -e /run/kiosk.failed ] || printf '%s\n' "$1 $2" 2>/dev/null >/run/kiosk.failed
	return "$1"
}
(
exec 2>&1
rc-update add kiosk
rc-service kiosk migrate || _failed $? 'rc-service kiosk migrate'
)
status=$?
command='hook.post-install of pakman.yml:40:3'
if [ -e /run/kiosk.failed ]; then
	read -r status command </run/kiosk.failed
	rm -f /run/kiosk.failed
fi
[ "$status" = 0 ] || printf '%s\n' "kiosk: post-install: $command: exit code $status" >&2

exit "$status"

	;;
post-upgrade)

status=0

# hook.post-upgrade of pakman.yml:43:3
rm -f /run/kiosk.failed
_failed() {
	[ -e /run/kiosk.failed ] || printf '%s\n' "$1 $2" 2>/dev/null >/run/kiosk.failed
	return "$1"
}
(
exec 2>&1
rc-service kiosk migrate || _failed $? 'rc-service kiosk migrate'
)
status=$?
command='hook.post-upgrade of pakman.yml:43:3'
if [ -e /run/kiosk.failed ]; then
	read -r status command </run/kiosk.failed
	rm -f /run/kiosk.failed
fi
[ "$status" = 0 ] || printf '%s\n' "kiosk: post-upgrade: $command: exit code $status" >&2

if ! rc-service --quiet --ifstarted kiosk restart >/dev/null 2>&1 && [ -e /etc/init.d/kiosk ]; then
	printf '%s\n' "kiosk: post-upgrade: rc-service kiosk restart: the service does not start" >&2
	status=1
fi
if ! rc-service --quiet --ifstarted kiosk.web restart >/dev/null 2>&1 && [ -e /etc/init.d/kiosk.web ]; then
	printf '%s\n' "kiosk: post-upgrade: rc-service kiosk.web restart: the service does not start" >&2
	status=1
fi
if ! rc-service --quiet --ifstarted kiosk.worker restart >/dev/null 2>&1 && [ -e /etc/init.d/kiosk.worker ]; then
	printf '%s\n' "kiosk: post-upgrade: rc-service kiosk.worker restart: the service does not start" >&2
	status=1
fi

exit "$status"

	;;
esac
exit 0
