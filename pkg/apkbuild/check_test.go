package apkbuild

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		spoil func(r *recipe.Recipe)
		key   string
	}{
		"name":          {func(r *recipe.Recipe) { r.Name = "-x" }, "name"},
		"version":       {func(r *recipe.Recipe) { r.Version = "v1" }, "version"},
		"release":       {func(r *recipe.Recipe) { r.Release = -1 }, "release"},
		"description":   {func(r *recipe.Recipe) { r.Description = "a\nb" }, "description"},
		"depends":       {func(r *recipe.Recipe) { r.Depends = []string{"a b"} }, "dependencies.runtime[0]"},
		"build env":     {func(r *recipe.Recipe) { r.BuildEnv = map[string]string{"pkgdir": "/"} }, "build.env.pkgdir"},
		"env name":      {func(r *recipe.Recipe) { r.Environment = map[string]string{"a-b": ""} }, "run.environment.a-b"},
		"env of OpenRC": {func(r *recipe.Recipe) { r.Environment = map[string]string{"command": ""} }, "run.environment.command"},
		"env RC_":       {func(r *recipe.Recipe) { r.Environment = map[string]string{"RC_SVCNAME": ""} }, "run.environment.RC_SVCNAME"},
		"env NUL":       {func(r *recipe.Recipe) { r.Environment = map[string]string{"A": "\x00"} }, "run.environment.A"},
		"absolute":      {func(r *recipe.Recipe) { r.Destinations = []string{"/etc"} }, "build.destinations[0]"},
		"parent":        {func(r *recipe.Recipe) { r.Destinations = []string{"a/../../b"} }, "build.destinations[0]"},
		"empty":         {func(r *recipe.Recipe) { r.Destinations = []string{"bin", " "} }, "build.destinations[1]"},
		"service dir": {func(r *recipe.Recipe) {
			r.Supervisor = supervisorS6
			r.Destinations = []string{"out/service/"}
		}, "build.destinations[0]"},
		"writable service": {func(r *recipe.Recipe) {
			r.Supervisor, r.Writable = supervisorS6, []string{"storage", "service/log"}
		}, "run.writable[1]"},
		"writable loader": {func(r *recipe.Recipe) { r.Loader, r.Writable = true, []string{"bin/x", "bin"} }, "run.writable[1]"},
		"writable environment": {func(r *recipe.Recipe) {
			r.Loader, r.Writable = true, []string{"bin/environment.d", "bin/environment"}
		}, "run.writable[1]"},
		"file source": {func(r *recipe.Recipe) {
			r.Files = []recipe.File{{Source: "../x", Destination: "/x", Mode: "644"}}
		}, "files[0].source"},
		"file destination": {func(r *recipe.Recipe) {
			r.Files = []recipe.File{{Source: "x", Destination: "etc/x", Mode: "644"}}
		}, "files[0].destination"},
		"file mode": {func(r *recipe.Recipe) { r.Files = []recipe.File{{Source: "x", Destination: "/x", Mode: "9"}} }, "files[0].mode"},
		"file owner": {func(r *recipe.Recipe) {
			r.Files = []recipe.File{{Source: "x", Destination: "/x", Mode: "644", Owner: "a b"}}
		}, "files[0].owner"},
		"file config": {func(r *recipe.Recipe) {
			r.Files = []recipe.File{{Source: "x", Destination: "/x", Mode: "644", Config: true}}
		}, "files[0].config"},
		"taken by initd": {func(r *recipe.Recipe) {
			r.Files = []recipe.File{{Source: "hello", Destination: "/etc/init.d/", Mode: "755"}}
		}, "files[0].destination"},
		"taken twice": {func(r *recipe.Recipe) {
			r.Files = []recipe.File{{Source: "a", Destination: "/x", Mode: "644"}, {Source: "b", Destination: "/x", Mode: "644"}}
		}, "files[1].destination"},
		"taken by the link": {func(r *recipe.Recipe) {
			r.Supervisor = supervisorS6
			r.Files = []recipe.File{{Source: "a", Destination: "/var/svc.d/hello", Mode: "644"}}
		}, "files[0].destination"},
		"user":            {func(r *recipe.Recipe) { r.User = "0" }, "run.user"},
		"supervisor":      {func(r *recipe.Recipe) { r.Supervisor = "systemd" }, "run.supervisor"},
		"no service":      {func(r *recipe.Recipe) { r.Services = nil }, "run.services"},
		"service twice":   {func(r *recipe.Recipe) { r.Services = append(r.Services, r.Services[0]) }, "run.services[1].name"},
		"service path":    {func(r *recipe.Recipe) { r.Services[0].Command = "bin/x" }, "run.services[0].binary"},
		"service dir rel": {func(r *recipe.Recipe) { r.Services[0].Directory = "x" }, "run.services[0].directory"},
		"stop":            {func(r *recipe.Recipe) { r.Services[0].Stop = "kill (" }, "run.services[0].stop"},
		"command name":    {func(r *recipe.Recipe) { r.Commands[0].Name = "db-migrate" }, "run.commands[0].name"},
		"command of rc":   {func(r *recipe.Recipe) { r.Commands[0].Name = "start" }, "run.commands[0].name"},
		"command builtin": {func(r *recipe.Recipe) { r.Commands[0].Name = "test" }, "run.commands[0].name"},
		"command twice":   {func(r *recipe.Recipe) { r.Commands = append(r.Commands, r.Commands[0]) }, "run.commands[1].name"},
		"hook":            {func(r *recipe.Recipe) { r.Hooks = map[string]recipe.Script{"pre-start": {Text: "x"}} }, "hook.pre-start"},
		"subpackage name": {func(r *recipe.Recipe) {
			r.Subpackages = []recipe.Subpackage{{Name: "hello-openrc", Files: []string{"/x"}}}
		}, "subpackages[0].name"},
		"subpackage without files": {func(r *recipe.Recipe) {
			r.Subpackages = []recipe.Subpackage{{Name: "hello-x"}}
		}, "subpackages[0].files"},
		"subpackage path": {func(r *recipe.Recipe) {
			r.Subpackages = []recipe.Subpackage{{Name: "hello-x", Files: []string{"/../x"}}}
		}, "subpackages[0].files[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			r := goService()
			tc.spoil(r)
			_, err := Render(r)
			var faults config.Faults
			if !errors.As(err, &faults) || len(faults) != 1 || faults[0].Key != tc.key || faults[0].Message == "" || faults[0].Hint == "" {
				t.Errorf("want one fault at %s, got %#v", tc.key, err)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	dir := t.TempDir()
	d := Directory{{"APKBUILD", 0o644, []byte("a\n")}, {"x.initd", 0o755, []byte("b\n")}}
	for range 2 {
		if err := d.Write(dir); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(d.bodies(), readDirectory(t, dir)); diff != "" {
		t.Errorf("written (-want +got)\n%s", diff)
	}
	info, err := os.Stat(filepath.Join(dir, "x.initd"))
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if err := d.Write(filepath.Join(dir, "gone")); err == nil {
		t.Error("a directory that is not there is written to")
	}
	if err := (Directory{{Name: "../x"}}).Write(dir); err == nil || !strings.Contains(err.Error(), "outside") {
		t.Errorf("a name that leads out: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "taken"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := (Directory{{Name: "taken", Mode: 0o644}}).Write(dir); err == nil {
		t.Error("a directory is replaced by a file")
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".pakman-*")); left != nil {
		t.Errorf("left behind: %v", left)
	}
}
