#!/bin/sh
# This does what a script of the application deferred until the init script is there.

read -r kind new old 2>/dev/null </run/nasty.deferred || exit 0
rm -f /run/nasty.deferred
set -- "$new" "$old"
case $kind in
post-upgrade)

status=0

if ! rc-service --quiet --ifstarted nasty restart >/dev/null 2>&1 && [ -e /etc/init.d/nasty ]; then
	printf '%s\n' "nasty: post-upgrade: rc-service nasty restart: the service does not start" >&2
	status=1
fi
if ! rc-service --quiet --ifstarted nasty.two restart >/dev/null 2>&1 && [ -e /etc/init.d/nasty.two ]; then
	printf '%s\n' "nasty: post-upgrade: rc-service nasty.two restart: the service does not start" >&2
	status=1
fi

	;;
esac
exit 0
