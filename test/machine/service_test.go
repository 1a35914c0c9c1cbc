//go:build linux

package machine

import (
	"strings"
	"testing"
)

// app is a program that says which version it is, and then waits.
func app(version string) string {
	return "#!/bin/sh\necho \"version " + version + " with $*\"\nenv | sort >/var/lib/demo/mine\nexec sleep 1000\n"
}

const daemonYAML = `name: demo
build: {destinations: [bin]}
run:
  services: [{name: web, binary: %BINARY%, start: {call: "%CALL%"}}]
  commands: [{name: migrate, binary: migrate}]
`

// demo is the application under test; instellar selects the platform's form, which s6 supervises.
func demo(instellar bool, version, binary, call, hooks string) map[string]string {
	text := strings.NewReplacer("%BINARY%", binary, "%CALL%", call).Replace(daemonYAML) + hooks
	name := "pakman.yml"
	if instellar {
		name = "instellar.yml"
		text = strings.Replace(text, "run:\n", "dependencies: {runtime: [s6, demo-openrc]}\nstack: alpine/3.21\nrun:\n  name: demo\n", 1)
	}
	return map[string]string{name: text, "bin/" + binary: app(version), "bin/migrate": "#!/bin/sh\necho migrated " + version + "\n"}
}

// orders are the two in which apk may install an application and its init script.
var orders = [][]string{{"demo", "demo-openrc"}, {"demo-openrc", "demo"}}

func in(order []string, packages map[string]string) []string {
	var files []string
	for _, name := range order {
		files = append(files, packages[name])
	}
	return files
}

const log = "/var/log/demo/"

// logOf is the log's file.
func logOf(instellar bool) string {
	if instellar {
		return log + "current"
	}
	return log + "demo.log"
}

// started returns a machine on which the packages of version one are installed and their service runs.
func started(t *testing.T, packages []string, instellar bool) *client {
	t.Helper()
	c := newClient(boot(t))
	c.clean(c.add(packages...))
	c.ok("rc-update -u; rc-service demo start")
	c.eventually("grep 'version one with --port 1' " + logOf(instellar))
	return c
}

// TestUpgrade upgrades a running service to one with another binary and other arguments, in both orders of packages and
// with both supervisors.
func TestUpgrade(t *testing.T) {
	for _, instellar := range []bool{false, true} {
		old := build(t, "1.0.0", demo(instellar, "one", "first", "--port 1", ""))
		now := build(t, "1.1.0", demo(instellar, "two", "second", "--port 2", ""))
		for _, order := range orders {
			t.Run(strings.Join(order, ",")+map[bool]string{true: ",s6"}[instellar], func(t *testing.T) {
				t.Parallel()
				c := started(t, in(order, old), instellar)
				c.eventually("pgrep -u demo sleep")
				c.clean(c.add(in(order, now)...))
				c.eventually("grep 'version two with --port 2' " + logOf(instellar))
				if n := atoi(t, c.ok("grep -c 'version two' "+logOf(instellar))); n != 1 {
					t.Errorf("started %d times after the upgrade", n)
				}
				c.clean(c.del("demo", "demo-openrc"))
			})
		}
	}
}

const ownHooks = `hook:
  pre-upgrade: rc-service demo stop
  post-upgrade: |
    rc-service demo migrate
    rc-service demo start
`

// TestHooks upgrades with the hooks that many applications have: stop, migrate, start.
func TestHooks(t *testing.T) {
	for _, instellar := range []bool{false, true} {
		old := build(t, "1.0.0", demo(instellar, "one", "first", "--port 1", ownHooks))
		files := demo(instellar, "two", "second", "--port 2", ownHooks)
		good := build(t, "1.1.0", files)
		files["bin/migrate"] = "#!/bin/sh\necho no database\nexit 3\n"
		bad := build(t, "1.2.0", files)
		for _, order := range orders {
			t.Run(strings.Join(order, ",")+map[bool]string{true: ",s6"}[instellar], func(t *testing.T) {
				t.Parallel()
				c := started(t, in(order, old), instellar)
				c.clean(c.add(in(order, good)...))
				c.eventually("grep 'version two with --port 2' " + logOf(instellar))

				stderr, ok := c.add(in(order, bad)...)
				if want := "demo: post-upgrade: rc-service demo migrate: exit code 3\n"; ok || stderr != want {
					t.Errorf("a failing migration: success %t, on stderr %q; want %q", ok, stderr, want)
				}
				c.eventually("test $(grep -c 'version two' " + logOf(instellar) + ") = 2")
			})
		}
	}
}

// TestStopped upgrades a service that does not run: it does not run afterwards either.
func TestStopped(t *testing.T) {
	c := newClient(boot(t))
	for _, version := range []string{"1.0.0", "1.1.0"} {
		c.clean(c.add(in(orders[0], build(t, version, demo(false, version, "app", "", "")))...))
	}
	if out, _, code := c.run("pgrep -u demo sleep"); code == 0 {
		t.Errorf("the service runs: %s", out)
	}
}
