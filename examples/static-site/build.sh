#!/bin/sh
# Puts each page of pages/ into the frame below and writes the site to dist/.
# The first line of a page is its title in a comment: <!-- title: About -->
set -eu
cd "$(dirname "$0")"

title_of() {
	sed -n '1s/^<!-- title: \(.*\) -->$/\1/p' "$1"
}

# navigation CURRENT is the menu, with the current page marked.
navigation() {
	for page in pages/index.html pages/hours.html pages/borrowing.html; do
		mark=
		[ "$page" != "$1" ] || mark=' aria-current="page"'
		printf '          <li><a href="%s"%s>%s</a></li>\n' "$(basename "$page")" "$mark" "$(title_of "$page")"
	done
}

# frame PAGE writes the whole document.
frame() {
	cat <<-END
		<!doctype html>
		<html lang="en">
		  <head>
		    <meta charset="utf-8">
		    <meta name="viewport" content="width=device-width, initial-scale=1">
		    <title>$(title_of "$1") – Harbour Library</title>
		    <link rel="icon" href="icon.svg" type="image/svg+xml">
		    <link rel="stylesheet" href="style.css">
		  </head>
		  <body>
		    <a class="skip" href="#main">Skip to the content</a>
		    <header>
		      <p class="name">Harbour Library</p>
		      <nav aria-label="Main">
		        <ul>
		$(navigation "$1")
		        </ul>
		      </nav>
		    </header>
		    <main id="main">
		$(sed '1d; s/^/      /' "$1")
		    </main>
		    <footer><p>Harbour Library, 1 Quay Street. An example, not a place.</p></footer>
		  </body>
		</html>
	END
}

rm -rf dist
mkdir dist
for page in pages/*.html; do
	[ -n "$(title_of "$page")" ] || {
		echo "build.sh: $page: the first line must be <!-- title: ... -->" >&2
		exit 1
	}
	frame "$page" >"dist/$(basename "$page")"
done
cp assets/* dist/
