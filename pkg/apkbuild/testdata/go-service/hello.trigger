#!/bin/sh
# This does what a script of the application deferred until the init script is there.

read -r kind new old 2>/dev/null </run/hello.deferred || exit 0
rm -f /run/hello.deferred
set -- "$new" "$old"
case $kind in
post-upgrade)

status=0

if ! rc-service --quiet --ifstarted hello restart >/dev/null 2>&1 && [ -e /etc/init.d/hello ]; then
	printf '%s\n' "hello: post-upgrade: rc-service hello restart: the service does not start" >&2
	status=1
fi

	;;
esac
exit 0
