#!/bin/sh
# Checks the built site: every page has a title and one main heading, and no link inside the site is broken.
set -eu
cd "$(dirname "$0")/dist"

links=$(mktemp)
trap 'rm -f "$links"' EXIT
failed=0
fail() {
	echo "test.sh: $*" >&2
	failed=1
}

for page in *.html; do
	grep -q '<title>..* – Harbour Library</title>' "$page" || fail "$page: no title"
	[ "$(grep -c '<h1>' "$page")" -eq 1 ] || fail "$page: not exactly one h1"
	tr ' ' '\n' <"$page" | sed -n -e 's/^href="\([^"#:]*\)".*/\1/p' -e 's/^src="\([^"#:]*\)".*/\1/p' >"$links"
	while read -r link; do
		[ -z "$link" ] || [ -f "$link" ] || fail "$page: $link leads nowhere"
	done <"$links"
done
exit "$failed"
