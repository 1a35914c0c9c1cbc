package recipe

import (
	"strings"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/source"
)

// TestRelations: apk refused each of these packages when it was to be installed.
func TestRelations(t *testing.T) {
	for text, want := range map[string]string{
		"provides: [alpha]":           "3:12: provides[0]: every package provides its own name",
		"provides: [beta, alpha=0.9]": "3:18: provides[1]: every package provides its own name",
		"provides: [webserver]\nconflicts: [webserver]": "4:13: conflicts[0]: alpha provides webserver, so that it would " +
			"conflict with itself",
		"provides: [webserver=1.0]\nconflicts: ['webserver<2']": "4:13: conflicts[0]: alpha provides webserver",
		"provides: [w]\ndependencies: {runtime: [a, '!w']}":     "4:29: dependencies.runtime[1]: alpha provides w",
		"conflicts: [alpha]":                                        "3:13: conflicts[0]: alpha would conflict with itself",
		"conflicts: ['alpha>=1']":                                   "alpha would conflict with itself",
		"conflicts: ['alpha~1.2']":                                  "alpha would conflict with itself",
		"dependencies: {runtime: [alpha]}":                          "3:26: dependencies.runtime[0]: alpha depends on itself",
		"dependencies: {runtime: ['nginx>=1']}\nconflicts: [nginx]": "4:13: conflicts[0]: alpha depends on nginx and conflicts with it",
		"provides: [webserver]\nconflicts: ['webserver<2']":         "",
		"provides: [webserver=1.0]\nconflicts: ['webserver>2']":     "",
		"conflicts: ['alpha<1']\nprovides: [beta, alpha-api]":       "",
		"dependencies: {runtime: ['nginx', '!nginx<1']}":            "",
	} {
		f, _, err := config.Parse("pakman.yml", []byte("name: alpha\nversion: 1.2.3\n"+text+"\nbuild: {destinations: [x]}\n"))
		if err != nil {
			t.Fatal(err)
		}
		_, err = Resolve(f, source.Facts{}, Options{})
		switch {
		case want == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%q: got %v, want %s", text, err, want)
		}
	}
}
