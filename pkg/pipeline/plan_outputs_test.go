package pipeline

import (
	"strings"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

func TestCheckOutputs(t *testing.T) {
	p := &Plan{Config: &config.File{Path: "pakman.yml"}, Recipe: &recipe.Recipe{
		Name: "blog", Version: "1.2", Release: 3, Supervisor: "s6", Subpackages: []recipe.Subpackage{{Name: "blog-themes"}},
	}}
	for _, tc := range []struct {
		made []string
		want string // of the error; empty: none
	}{
		{[]string{"/x/blog-1.2-r3.apk", "/x/blog-themes-1.2-r3.apk", "/x/blog-openrc-1.2-r3.apk"}, ""},
		{[]string{"/x/blog-1.2-r3.apk"}, "did not make blog-themes-1.2-r3.apk, blog-openrc-1.2-r3.apk; it made blog-1.2-r3.apk"},
		{[]string{"/x/blog-1.2-r3.apk", "/x/openssl-1.2-r3.apk"}, "made openssl-1.2-r3.apk, which was not planned"},
		{[]string{"/x/blog-1.1-r3.apk", "/x/blog-themes-1.2-r3.apk"}, "made blog-1.1-r3.apk, which was not planned"},
		{nil, "did not make blog-1.2-r3.apk, blog-themes-1.2-r3.apk, blog-openrc-1.2-r3.apk; it made nothing"},
	} {
		err := checkOutputs(p, tc.made)
		if tc.want == "" && err != nil || tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want)) {
			t.Errorf("%v: %v", tc.made, err)
		}
	}
}
