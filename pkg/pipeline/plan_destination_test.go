package pipeline

import (
	"errors"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// What package() says is about the entry that installs the file, and not about one whose destination begins alike.
func TestFaultsOfFiles(t *testing.T) {
	p := &Plan{Recipe: &recipe.Recipe{Name: "app"}, Config: &config.File{
		Build: config.Build{Destinations: []string{"dist", "dist-old/"}},
		Files: []config.FileEntry{
			{Source: "conf", Destination: "/etc/app"}, {Source: "conf/", Destination: "/etc/app.d/"}, {Source: "conf", Destination: "/srv/a"},
		},
	}}
	for line, want := range map[string]string{
		"files: conf: another file is installed as /etc/app/x already":   "files[0].destination",
		"files: conf: another file is installed as /etc/app already":     "files[0].destination",
		"files: conf: another file is installed as /etc/app.d/x already": "files[1].destination",
		"files: conf: nothing matches":                                   "files[0].source",
		"packaged files: /etc/app.d/x: too large":                        "files[1].source",
		"packaged files: /srv/a: too large":                              "files[2].source",
		"packaged files: /var/lib/app/dist-old/x: too large":             "build.destinations[1]",
		"packaged files: /var/lib/app/distant: too large":                "build.destinations",
		"build.destinations: dist: nothing matches":                      "build.destinations[0]",
		"make: something else":                                           "",
	} {
		var faults config.Faults
		err := destinationFault(&builder.CommandError{Tail: []string{line}}, p, leftBehind{})
		if found := errors.As(err, &faults); found != (want != "") || found && faults[0].Key != want {
			t.Errorf("%s: %v, want %s", line, err, want)
		}
	}
}
