package github

import (
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

func TestAssetName(t *testing.T) {
	for name, want := range map[string]string{
		"libstdc++-1.2.3-r12.noarch.apk": "libstdc++-1.2.3-r12.noarch.apk",
		"fake.      file.txt":            "fake.file.txt",
		"a~b_1 ä-r0.apk":                 "a.b_1.-r0.apk",
		".hidden..x":                     "hidden.x",
	} {
		if got := AssetName(name); got != want || AssetName(got) != got {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// The server may give an asset another name: it is the one that is reported, that other assets can mention, and that is found
// again.
func TestNamesOfTheServer(t *testing.T) {
	for want, plusless := range map[string]bool{"libstdc++-1.apk": false, "libstdc.-1.apk": true} {
		s := githubtest.Start(t)
		if plusless {
			s.WithoutPlus()
		}
		c, _ := client(t, s)
		files := []File{file(t, "libstdc++-1.apk", "x", true), {Name: "sums", Make: func(nameOf func(string) string) []byte {
			return []byte(nameOf("libstdc++-1.apk"))
		}}}
		done, err := c.Publish(t.Context(), Release{Tag: "v1"}, files)
		if err != nil || !slices.Equal(done.Uploaded, []string{want, "sums"}) {
			t.Fatalf("%+v, %v", done, err)
		}
		if r := s.Releases()[0]; r.Asset(want) == nil || string(r.Asset("sums").Content) != want {
			t.Errorf("%+v", r.Assets)
		}
		if done, err = c.Publish(t.Context(), Release{Tag: "v1"}, files); err != nil || !slices.Equal(done.Kept, []string{want, "sums"}) {
			t.Errorf("again: %+v, %v", done, err)
		}
		files[0] = file(t, "libstdc++-1.apk", "y", true)
		if done, err = c.Publish(t.Context(), Release{Tag: "v1", Replace: true}, files); err != nil ||
			!slices.Equal(done.Replaced, []string{want}) || len(s.Releases()[0].Assets) != 2 {
			t.Errorf("replace: %+v, %v", done, err)
		}
	}
}

// Two files that a server may give one name are refused before anything is made.
func TestNamesThatMeet(t *testing.T) {
	for _, other := range []string{"libstdc..-1.apk", "libstdc++-1.apk", "libstdc -1.apk"} {
		s := githubtest.Start(t)
		c, _ := client(t, s)
		_, err := c.Publish(t.Context(), Release{Tag: "v1"}, []File{file(t, "libstdc++-1.apk", "x", false), file(t, other, "y", false)})
		if err == nil || !strings.Contains(err.Error(), "libstdc++-1.apk and "+other+" get the same name") || len(s.Requests()) > 0 {
			t.Errorf("%s: %v, %v", other, err, s.Requests())
		}
	}
}
