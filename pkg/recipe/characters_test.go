package recipe

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

// An APKBUILD's lists are split as the shell splits them, so a no-break space would become part of a package's name.
func TestHiddenCharactersInAPKBUILD(t *testing.T) {
	text := "pkgname=own\npkgdesc=\"A greéting\"\ndepends=\"\n\tbash\tcurl\n\tnginx\"\n"
	places := map[string]struct {
		after        string
		line, column int
	}{
		"pkgname": {"pkgname=o", 1, 10}, "pkgdesc": {"A greéting", 2, 20}, "depends": {"\tbash\tcurl\n\tngi", 5, 5},
	}
	for key, at := range places {
		for r, name := range map[string]string{
			"\u00a0": "U+00A0 NO-BREAK SPACE", "\u200b": "U+200B ZERO WIDTH SPACE", "\u202e": "U+202E RIGHT-TO-LEFT OVERRIDE",
			"\u009b": "U+009B CONTROL SEQUENCE INTRODUCER", "\u3000": "U+3000 IDEOGRAPHIC SPACE", "\x1b": "U+001B ESCAPE",
		} {
			changed := strings.Replace(text, at.after, at.after+r, 1)
			_, value, _ := strings.Cut(changed, key+"=")
			vars := ownVars(map[string]string{key: strings.Trim(strings.SplitN(value, "\npkg", 2)[0], "\"\n")})
			_, err := FromAPKBUILD(APKBUILD{Path: "APKBUILD", Text: changed, Vars: vars}, source.Facts{}, Options{})
			want := fmt.Sprintf("APKBUILD:%d:%d: %s: found the character %s. ", at.line, at.column, key, name)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%v\nwant %s", err, want)
			}
		}
	}
}

// What the user cannot correct in the file is left out of the package.
func TestHiddenCharactersInRemote(t *testing.T) {
	f, _, err := config.Parse("pakman.yml", []byte("package: x\nname: own\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := Resolve(f, source.Facts{RemoteURL: "https://example.com/\u202eown"}, Options{})
	if err != nil || r.URL != "https://own.invalid" {
		t.Errorf("%v, %v", r, err)
	}
}
