package apkbuild

import (
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/recipe"
)

// installedFiles returns the paths below /var/lib/app of a package of that application, and what its package() printed.
func installedFiles(t *testing.T, r recipe.Recipe, app map[string]string) (files, printed string, err error) {
	t.Helper()
	r.Name, r.Version, r.Description, r.URL, r.License, r.Arches = "app", "1", "app", "https://example.org", "MIT", []string{"noarch"}
	tree, _, printed, err := runPackage(t, []string{"/bin/sh"}, &r, app)
	var names []string
	for _, line := range tree {
		if _, name, found := strings.Cut(line, "var/lib/app/"); found {
			names = append(names, name)
		}
	}
	return strings.Join(names, " "), printed, err
}

func TestDestinations(t *testing.T) {
	app := map[string]string{
		"pakman.yml": "x", "a/dist/same": "A", "a/dist/one": "1", "b/dist/same": "B", "c/dist/other": "C", "d/dist/one": "1",
		"dist/.env": "x", "dist/..x": "x",
		"dist/y": "x", "dist/z.map": "x", "dist/keep.map": "x", "dist/deep/z.js": "x", "link": "-> dist", "kept/.gitkeep": "",
	}
	for name, tc := range map[string]struct {
		destinations, exclude []string
		has, lacks, printed   string
	}{
		"all of a directory":  {destinations: []string{"dist/*"}, has: "..x .env y"},
		"by a dot":            {destinations: []string{"dist/."}, has: "..x .env y"},
		"by two stars":        {destinations: []string{"dist/**"}, has: "..x .env y"},
		"twice the same":      {destinations: []string{"dist/*", "dist/.env", "dist/y"}, has: ".env y"},
		"through a link":      {destinations: []string{"dist/y", "link/y"}, has: "y"},
		"collision":           {destinations: []string{"a/dist", "b/dist"}, printed: "b/dist: a/dist/same and b/dist/same would both be"},
		"collision by a star": {destinations: []string{"*/dist"}, printed: "a/dist/same and b/dist/same would both be"},
		"merged":              {destinations: []string{"a/dist", "c/dist"}, has: "dist/other dist/same"},
		"equal content":       {destinations: []string{"a/dist", "d/dist"}, has: "dist/one"},
		"file over directory": {destinations: []string{"a/dist", "dist/y", "a/dist/one", "d/dist/one"}, has: "one y"},
		"configuration":       {destinations: []string{"*"}, has: "dist/y", lacks: "pakman.yml"},
		"excluded":            {destinations: []string{"dist"}, exclude: []string{"*.map"}, has: "dist/y", lacks: "dist/z.map dist/keep.map"},
		"taken back":          {destinations: []string{"dist"}, exclude: []string{"*.map", "!keep.map"}, has: "dist/keep.map", lacks: "dist/z.map"},
		"anchored":            {destinations: []string{"dist"}, exclude: []string{"/dist/z*"}, has: "dist/deep/z.js", lacks: "dist/z.map"},
		"directory":           {destinations: []string{"dist"}, exclude: []string{"deep/", "y/"}, has: "dist/y", lacks: "dist/deep/z.js"},
		"any depth":           {destinations: []string{"dist"}, exclude: []string{"**/z.*"}, has: "dist/y", lacks: "dist/z.map dist/deep/z.js"},
		"below":               {destinations: []string{"dist"}, exclude: []string{"dist/**/z.*"}, has: "dist/y", lacks: "dist/z.map dist/deep/z.js"},
		"placeholder alone":   {destinations: []string{"kept/*"}, printed: "kept/*: nothing matches after the build"},
		"placeholder named":   {destinations: []string{"kept"}, has: "kept/.gitkeep"},
		"no pattern":          {destinations: []string{"dist"}, exclude: []string{"# y"}, has: "dist/y"},
	} {
		t.Run(name, func(t *testing.T) {
			r := recipe.Recipe{Destinations: tc.destinations, Exclude: tc.exclude, Config: "pakman.yml"}
			files, printed, err := installedFiles(t, r, app)
			if (err == nil) != (tc.printed == "") || !strings.Contains(printed, tc.printed) {
				t.Fatalf("%v: %s", err, printed)
			}
			for file := range strings.FieldsSeq(tc.has) {
				if !slices.Contains(strings.Fields(files), file) {
					t.Errorf("%s is missing: %s", file, files)
				}
			}
			for file := range strings.FieldsSeq(tc.lacks) {
				if slices.Contains(strings.Fields(files), file) {
					t.Errorf("%s is there", file)
				}
			}
		})
	}
}

func TestConfigurationIsLeftOut(t *testing.T) {
	app := map[string]string{"pakman.yml": "x", "deploy/pakman.yml": "x", "deploy/y": "x", ".env": "x"}
	for _, tc := range []struct {
		config, destination string
		want                string
	}{
		{"pakman.yml", "*", "deploy deploy/pakman.yml deploy/y"},
		{"pakman.yml", "./*", "deploy deploy/pakman.yml deploy/y"},
		{"pakman.yml", "**", "deploy deploy/pakman.yml deploy/y"},
		{"pakman.yml", ".", ".env deploy deploy/pakman.yml deploy/y"},
		{"pakman.yml", "./pakman.yml", "pakman.yml"},
		{"deploy/pakman.yml", "deploy", "deploy deploy/y"},
		{"deploy/pakman.yml", "deploy/*", "y"},
		{"deploy/pakman.yml", "deploy/pakman.yml", "pakman.yml"},
		{"", "*", "deploy deploy/pakman.yml deploy/y pakman.yml"},
	} {
		files, printed, err := installedFiles(t, recipe.Recipe{Destinations: []string{tc.destination}, Config: tc.config}, app)
		if err != nil || files != tc.want {
			t.Errorf("%s by %s: %s, want %s; %v %s", tc.config, tc.destination, files, tc.want, err, printed)
		}
	}
}

func TestFilesThatCollide(t *testing.T) {
	app := map[string]string{"dist/a": "1", "other/a": "2", "same/a": "1", "dist/d/x": "1", "more/d/x": "2"}
	entry := func(source, destination string) recipe.File {
		return recipe.File{Source: source, Destination: destination, Mode: "644"}
	}
	for name, tc := range map[string]struct {
		files   []recipe.File
		printed string
	}{
		"replaces what a destination brought": {[]recipe.File{entry("other/a", "/var/lib/app/dist/a")},
			"files: other/a: another file is installed as /var/lib/app/dist/a already\n"},
		"in a directory": {[]recipe.File{entry("more", "/var/lib/app/dist")},
			"files: more: another file is installed as /var/lib/app/dist/d/x already\n"},
		"below a directory":        {[]recipe.File{entry("dist", "/opt/x"), entry("other/a", "/opt/x/a")}, "/opt/x/a already\n"},
		"a file over a directory":  {[]recipe.File{entry("other/a", "/var/lib/app/dist/d")}, "/var/lib/app/dist/d already\n"},
		"the same, with a mode":    {[]recipe.File{entry("same/a", "/var/lib/app/dist/a")}, ""},
		"the directory once more":  {[]recipe.File{entry("dist", "/var/lib/app/dist")}, ""},
		"directories that do not":  {[]recipe.File{entry("dist", "/opt/x"), entry("same", "/opt/y")}, ""},
		"a directory that is kept": {[]recipe.File{entry("same", "/var/lib/app/dist")}, ""},
	} {
		_, printed, err := installedFiles(t, recipe.Recipe{Destinations: []string{"dist"}, Files: tc.files}, app)
		if (err != nil) != (tc.printed != "") || !strings.HasSuffix(printed, tc.printed) {
			t.Errorf("%s: %v, %q", name, err, printed)
		}
	}
}
