#!/bin/sh
# This does what a script of the application deferred until the init script is there.

read -r kind new old 2>/dev/null </run/tour.deferred || exit 0
rm -f /run/tour.deferred
set -- "$new" "$old"
case $kind in
post-upgrade)

status=0

if ! rc-service --quiet --ifstarted tour restart >/dev/null 2>&1 && [ -e /etc/init.d/tour ]; then
	printf '%s\n' "tour: post-upgrade: rc-service tour restart: the service does not start" >&2
	status=1
fi

	;;
esac
exit 0
