#!/bin/sh
# check.sh IMAGE: fails where the action's image is not what it should be, and tells how large it is.
set -eu
image=$1
most=450000000 # bytes, uncompressed; a C compiler is most of it

docker run --rm --entrypoint /bin/sh "$image" -euc '
	for program in abuild bash cc curl fakeroot git make pigz; do
		command -v "$program" >/dev/null || { echo "no $program"; exit 1; }
	done
	[ "$(id -u pakman)" -ne 0 ] || { echo "no unprivileged user pakman"; exit 1; }
	privileged=$(find / -xdev -type f -perm /6000)
	case $privileged in
	"" | */abuild-sudo) ;;
	*) echo "set-user-ID or set-group-ID: $privileged"; exit 1 ;;
	esac
	pakman --version
'
for label in title description source licenses; do
	[ -n "$(docker image inspect --format "{{index .Config.Labels \"org.opencontainers.image.$label\"}}" "$image")" ] || {
		echo "no label $label"
		exit 1
	}
done
size=$(docker image inspect --format '{{.Size}}' "$image")
line="The image has $((size / 1000000)) MB on disk."
echo "$line"
[ -z "${GITHUB_STEP_SUMMARY-}" ] || echo "$line" >>"$GITHUB_STEP_SUMMARY"
[ "$size" -le "$most" ]
