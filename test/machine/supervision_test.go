//go:build linux

package machine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// supervised runs a test with both supervisors, each on a machine of its own on which the packages of an application with
// this part of the YAML file and this program are installed.
func supervised(t *testing.T, run, program string, test func(t *testing.T, c *client, s6 bool)) {
	t.Helper()
	for _, s6 := range []bool{false, true} {
		t.Run(map[bool]string{false: "supervise-daemon", true: "s6"}[s6], func(t *testing.T) {
			t.Parallel()
			c := newClient(boot(t))
			c.clean(c.add(in(orders[0], build(t, "1.0.0", supervisedApp(s6, run, program)))...))
			c.ok("rc-update -u")
			test(t, c, s6)
		})
	}
}

func supervisedApp(s6 bool, run, program string) map[string]string {
	text := "name: demo\nbuild: {destinations: [bin]}\nrun:\n" + run
	if s6 {
		text += "  supervisor: s6\n"
	}
	return map[string]string{"pakman.yml": text, "bin/app": "#!/bin/sh\n" + program}
}

// TestEnvironment compares all that a service and a command see with the documentation.
func TestEnvironment(t *testing.T) {
	run := `  environment: {PORT: "80", LANG: C}
  services: [{name: web, binary: app}]
  commands: [{name: show, binary: app, call: once}]
`
	program := "set >/dev/null; env | grep -vE '^(PWD|OLDPWD|SHLVL|_)=' | sort >/var/lib/demo/seen.new\n" +
		"mv /var/lib/demo/seen.new /var/lib/demo/seen\n[ -z \"$1\" ] || exit 0\nexec sleep 1000\n"
	supervised(t, run, program, func(t *testing.T, c *client, _ bool) {
		t.Helper()
		want := []string{
			"HOME=/var/lib/demo", "HOSTNAME=" + strings.TrimSpace(c.ok("cat /proc/sys/kernel/hostname")), "LANG=C", "LOGNAME=demo",
			"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "PORT=80", "SHELL=/bin/sh", "USER=demo",
		}
		c.ok("export LC_ALL=POSIX TERM=x RC_SVCNAME=other; rc-service demo start")
		if got := strings.Fields(c.eventually("cat /var/lib/demo/seen")); !slices.Equal(got, want) {
			t.Errorf("the service sees %q, want %q", got, want)
		}
		c.ok("rc-service demo stop; rm /var/lib/demo/seen; export LC_ALL=POSIX TERM=x; rc-service demo show")
		got := strings.Fields(c.eventually("cat /var/lib/demo/seen"))
		for _, line := range want {
			if !slices.Contains(got, line) {
				t.Errorf("a command does not see %q but %q", line, got)
			}
		}
		if all := strings.Join(got, "\n"); strings.Contains(all, "SECRET") || strings.Contains(all, "POSIX") {
			t.Errorf("a command sees what is the caller's: %q", got)
		}
	})
}

// TestRestartsWithoutEnd ends a service again and again.
func TestRestartsWithoutEnd(t *testing.T) {
	program := "echo run >>/var/lib/demo/runs\nexec sleep 1000\n"
	supervised(t, "  services: [{name: web, binary: app}]\n", program, func(t *testing.T, c *client, s6 bool) {
		t.Helper()
		runs := 0
		kill := func() {
			runs++
			c.eventually(fmt.Sprintf("test $(wc -l </var/lib/demo/runs) = %d && pkill -u demo -x sleep", runs))
		}
		c.ok("rc-service demo start")
		for range 12 {
			kill()
			c.ok("rm -f /run/demo/demo.starts")
		}
		kill()
		kill()
		c.eventually("grep 'demo starts again in 1 seconds' " + logOf(s6))
		c.eventually("grep 'demo starts again in 2 seconds' " + logOf(s6))
	})
}

// TestRestartLimit has a service that always fails, and may do so three times.
func TestRestartLimit(t *testing.T) {
	run := "  restarts: 2\n  services: [{name: web, binary: app}]\n"
	supervised(t, run, "echo run >>/var/lib/demo/runs\nexit 1\n", func(t *testing.T, c *client, s6 bool) {
		t.Helper()
		_, _, _ = c.run("rc-service demo start") // it may notice that the service does not stay up
		down := "! pgrep supervise-daemon"
		if s6 {
			down = "s6-svstat /run/openrc/s6-scan/demo | grep -q ^down && grep -q 'stays down' " + logOf(s6)
		}
		c.eventually("test $(wc -l </var/lib/demo/runs) = 3 && " + down)
		c.ok("sleep 3; test $(wc -l </var/lib/demo/runs) = 3")
	})
}

// TestLogsRotate has a service that writes more than it may keep.
func TestLogsRotate(t *testing.T) {
	run := "  log: {size: 8 KiB, count: 2}\n  services: [{name: web, binary: app}]\n"
	program := "i=0; while [ $i -lt 9000 ]; do i=$((i + 1)); echo \"line $i of many\"; done\n" +
		"printf 'a last line without an end'; exec sleep 1000\n"
	supervised(t, run, program, func(t *testing.T, c *client, s6 bool) {
		t.Helper()
		c.ok("rc-service demo start")
		c.eventually("grep 'line 9000 of many' /var/log/demo/*")
		files, size := strings.Fields(c.ok("cd /var/log/demo; ls -d demo.log* @* current 2>/dev/null || :")), 8192
		if s6 {
			size *= 4 // s6-log counts what it reads at once
		}
		if len(files) != 3 {
			t.Errorf("log files %q, want 3", files)
		}
		for _, name := range files {
			if n := atoi(t, c.ok("wc -c </var/log/demo/"+name)); n > size || n < 100 && name[0] == '@' {
				t.Errorf("%s has %d bytes", name, n)
			}
		}
		c.ok("rc-service demo stop")
		c.eventually("! pgrep awk")
	})
}

// TestSeveralServices runs two services at once, upgrades and removes them.
func TestSeveralServices(t *testing.T) {
	run := `  environment: {PLACE: all}
  services: [{name: web, binary: app, start: {call: web-%s}}, {name: worker, binary: app, start: {call: worker-%s}}]
`
	program := "echo \"$1 mode ${SERVICE_MODE:-none} in $PLACE\"\nexec sleep 1000\n"
	supervised(t, strings.ReplaceAll(run, "%s", "one"), program, func(t *testing.T, c *client, s6 bool) {
		t.Helper()
		c.write("etc/conf.d/demo.worker", "export PLACE=mine\n")
		worker := "/var/log/demo/demo.worker.log"
		if s6 {
			worker = "/var/log/demo/worker/current"
		}
		c.ok("rc-service demo start; rc-service demo.worker start")
		c.eventually("grep 'web-one mode .* in all' " + logOf(s6) + " && grep 'worker-one mode worker in mine' " + worker)
		if n := atoi(t, c.ok("pgrep -c -u demo -x sleep")); n != 2 {
			t.Errorf("%d programs run", n)
		}
		now := build(t, "1.1.0", supervisedApp(s6, strings.ReplaceAll(run, "%s", "two"), program))
		c.clean(c.add(in(orders[1], now)...))
		c.eventually("grep 'web-two mode .* in all' " + logOf(s6) + " && grep 'worker-two mode worker in mine' " + worker)
		c.ok("rc-service demo stop && rc-service demo.worker status; pgrep -c -u demo -x sleep | grep -x 1")
		c.ok("printf 'export SERVICE_MODE=worker\\n' >>/etc/conf.d/demo; rc-service demo start")
		c.eventually("grep 'worker-two mode worker in all' " + logOf(s6))
		c.clean(c.del("demo", "demo-openrc"))
		c.eventually("! pgrep -u demo -x sleep && ! pgrep -x awk")
		c.ok("! ls -d /run/demo /var/lib/demo/service /usr/libexec/demo/start /etc/init.d/demo.* 2>/dev/null")
	})
}

// TestPlatformAway starts a service while the platform's variables cannot be had.
func TestPlatformAway(t *testing.T) {
	t.Parallel()
	c := newClient(boot(t))
	c.clean(c.add(in(orders[0], build(t, "1.0.0", demo(true, "one", "first", "--port $PORT", "")))...))
	c.write("var/lib/demo/bin/environment", "[ -e /var/lib/demo/there ] && export PORT=1\n")
	c.ok("rc-update -u; rc-service demo start")
	c.eventually("grep \"waits for the platform's variables\" " + logOf(true))
	if _, stderr, code := c.run("/var/lib/demo/bin/env-exec true"); code != 1 || stderr == "" {
		t.Errorf("env-exec: exit code %d, %q", code, stderr)
	}
	c.ok("! grep 'version one' " + logOf(true) + "; touch /var/lib/demo/there")
	c.eventually("grep 'version one with --port 1' " + logOf(true))
}
