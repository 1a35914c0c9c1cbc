package config

import (
	"slices"
	"testing"
)

// What dash does not know needs ash; what every sh knows does not.
func TestBeyondPOSIX(t *testing.T) {
	for text, want := range map[string]bool{
		"": false, "npm ci && npm run build": false, "local x=1; echo \"${x%.*}\" | sed s/a/b/": false, "[ \"$a\" = b ] || exit 1": false,
		"echo '${v//a/b}'": false, "echo ${v//a/b}": true, "if [[ $a == b ]]; then make; fi": true,
		"[[ -n $a && ! -e b ]] || exit": true, "echo [[": false, "echo ${v:1:2}": true,
	} {
		if got := beyondPOSIX(text); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
	f := &File{Package: "[[ -e a ]]"}
	f.Build.Command, f.Check.Command = "echo ${v//a/b}", "make check"
	if got := f.BeyondPOSIX(); !slices.Equal(got, []string{"build.command", "package"}) {
		t.Error(got)
	}
}
