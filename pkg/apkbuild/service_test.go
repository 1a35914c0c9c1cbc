package apkbuild

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/recipe"
)

// machine is a directory that stands for the root of an installed system, with small stand-ins for the programs that
// the generated scripts call. Each notes its call in the file "calls".
type machine struct {
	t    *testing.T
	root string
}

// install renders r and puts the files where package() would, with absolute paths led into the directory.
func install(t *testing.T, r *recipe.Recipe) machine {
	t.Helper()
	m := machine{t, t.TempDir()}
	d, err := Render(r)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"bin", "etc/conf.d", "etc/init.d", "scripts", "run/openrc/s6-scan", "run/" + r.Name,
		"var/log/" + r.Name, "usr/libexec/" + r.Name,
		"var/lib/" + r.Name + "/bin", "var/lib/" + r.Name + "/service/log", "var/lib/" + r.Name + "/jobs"} {
		if err := os.MkdirAll(filepath.Join(m.root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	where := map[string]string{"start": "usr/libexec/" + r.Name + "/start", "initd": "etc/init.d/" + r.Name, "confd": "etc/conf.d/" + r.Name,
		"run":    "var/lib/" + r.Name + "/service/run",
		"finish": "var/lib/" + r.Name + "/service/finish", "log": "var/lib/" + r.Name + "/service/log/run",
		"environment": "var/lib/" + r.Name + "/bin/environment", "env-exec": "var/lib/" + r.Name + "/bin/env-exec"}
	for _, f := range d[1:] {
		suffix := strings.TrimPrefix(f.Name, r.Name+".")
		path, ok := where[suffix]
		if !ok {
			path = "scripts/" + suffix
		}
		body := string(f.Body)
		for _, dir := range []string{"/var/lib/", "/var/log/", "/etc/conf.d/", "/run/openrc/", "/usr/bin/node", "/run/kiosk", "/run/hello", "/usr/libexec/"} {
			body = strings.ReplaceAll(body, dir, m.root+dir)
		}
		body = strings.ReplaceAll(body, programPath, m.root+"/bin:"+os.Getenv("PATH"))
		writeFile(t, filepath.Join(m.root, path), body)
	}
	note := "#!/bin/sh\nprintf '%s' \"${0##*/}\" >> " + m.root + "/calls\nprintf ' %s' \"$@\" >> " + m.root + "/calls\necho >> " + m.root +
		"/calls\n"
	for _, tool := range []string{"addgroup", "adduser", "rc-service", "rc-update", "s6-svscanctl", "s6-svc", "s6-log", "install"} {
		writeFile(t, filepath.Join(m.root, "bin", tool), note+"echo noise; echo noise >&2; exit 1\n")
	}
	writeFile(t, filepath.Join(m.root, "bin/s6-setuidgid"), note+"shift; exec \"$@\"\n")
	writeFile(t, filepath.Join(m.root, "bin/su"), note+"exec /bin/sh -c \"$4\"\n")
	return m
}

// sh runs a script with the stand-ins first on PATH. It gives its output and errors apart, and its exit code.
func (m machine) sh(script string, env ...string) (stdout, stderr string, code int) {
	m.t.Helper()
	var out, errs strings.Builder
	cmd := exec.Command("sh", "-c", script)
	cmd.Dir, cmd.Stdout, cmd.Stderr = m.root, &out, &errs
	cmd.Env = append(slices.Clip(env), "PATH="+m.root+"/bin:"+os.Getenv("PATH"))
	if err := cmd.Run(); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			m.t.Fatal(err)
		}
		code = exit.ExitCode()
	}
	return out.String(), errs.String(), code
}

// calls returns and forgets what the stand-ins noted.
func (m machine) calls() string {
	m.t.Helper()
	path := filepath.Join(m.root, "calls")
	body, _ := os.ReadFile(path)
	_ = os.Remove(path)
	return strings.ReplaceAll(string(body), m.root, "")
}

// openrc runs a function of the init script as OpenRC does: conf.d, the script, then the function; supervise_start is
// the way in which OpenRC hands its variables to the supervisor.
func (m machine) openrc(name, function string, env ...string) (stdout, stderr string, code int) {
	m.t.Helper()
	return m.sh(`RC_SVCNAME=`+name+`
eerror() { printf '%s\n' "$*" >&2; }
checkpath() { printf 'checkpath %s\n' "$*" >> calls; }
supervise_start() {
	start_pre || exit 1
	eval supervisor_daemon ${directory:+--chdir} $directory ${command_user+--user} $command_user $command -- $command_args
}
supervisor_daemon() { printf '<%s>' "$@"; }
[ ! -e etc/conf.d/$RC_SVCNAME ] || . ./etc/conf.d/$RC_SVCNAME
. ./etc/init.d/$RC_SVCNAME
`+function, env...)
}

// expect compares what a script did with what it should have done.
func (m machine) expect(what, stdout, stderr string, code int, wantOut, wantErr string, wantCode int, wantCalls string) {
	m.t.Helper()
	stdout, stderr = strings.ReplaceAll(stdout, m.root, ""), strings.ReplaceAll(stderr, m.root, "")
	if stdout != wantOut || stderr != wantErr || code != wantCode {
		m.t.Errorf("%s: exit code %d, stdout %q, stderr %q; want %d, %q, %q", what, code, stdout, stderr, wantCode, wantOut, wantErr)
	}
	if calls := m.calls(); calls != wantCalls {
		m.t.Errorf("%s: calls\n%swant\n%s", what, calls, wantCalls)
	}
}

func TestSuperviseDaemon(t *testing.T) {
	r := goService()
	m := install(t, r)
	checkpath := "checkpath -d -m 0755 -o hello:hello /run/hello /var/log/hello\n"
	out, errs, code := m.openrc("hello", "supervise_start")
	m.expect("start", out, errs, code, "<--user><hello:hello></usr/libexec/hello/start><-->", "", 0, checkpath)

	writeFile(t, filepath.Join(m.root, "var/lib/hello/bin/hello"), "#!/bin/sh\necho \"$@ in $PWD with $GREETING\"\nexit 7\n")
	m.started("start", "7", "serve --port 8080 in /var/lib/hello with it's $5\n", "PORT=8080", "GREETING=it's $5")
	out, errs, code = m.openrc("hello", "migrate")
	m.expect("migrate", out, errs, code, "migrate --all in /var/lib/hello with it's $5\n", "", 7,
		"su -s /bin/sh -c exec /var/lib/hello/bin/hello migrate --all hello\n")
}

func TestSuperviseDaemonModes(t *testing.T) {
	r := goService()
	r.Services = append(r.Services, recipe.Service{Name: "it's", Command: "/var/lib/hello/bin/a b", Args: `--x "two  blanks" '*'`,
		Directory: "/var/lib/hello/my  jobs", Stop: "echo stopping; false"})
	m := install(t, r)
	checkpath := "checkpath -d -m 0755 -o hello:hello /run/hello /var/log/hello\n"
	out, errs, code := m.openrc("hello", "supervise_start", "SERVICE_MODE=it's")
	m.expect("mode", out, errs, code, "<--user><hello:hello></usr/libexec/hello/start><-->", "", 0, checkpath)
	out, errs, code = m.openrc("hello", "supervise_start", "SERVICE_MODE=nope")
	m.expect("unknown mode", out, errs, code, "", "SERVICE_MODE is nope; allowed are: hello it's\n", 1, "")
	out, errs, code = m.openrc("hello", "stop_pre")
	m.expect("stop without a command", out, errs, code, "", "", 0, "")
	if err := os.Mkdir(filepath.Join(m.root, "var/lib/hello/my  jobs"), 0o755); err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(m.root, "var/lib/hello/bin/a b"), "#!/bin/sh\nprintf '<%s>' \"${PWD##*/}\" \"$@\"\n")
	m.started("mode", "0", "<my  jobs><--x><two  blanks><*>\n", "SERVICE_MODE=it's")
	out, errs, code = m.openrc("hello", "stop_pre", "SERVICE_MODE=it's")
	m.expect("stop", out, errs, code, "stopping\n", "", 0, "su -s /bin/sh -c echo stopping; false hello\n")
}

func TestSuperviseDaemonLoader(t *testing.T) {
	r := goService()
	r.Loader, r.User = true, "root"
	m := install(t, r)
	writeFile(t, filepath.Join(m.root, "var/lib/hello/bin/environment"), "export PORT=9\n")
	out, errs, code := m.openrc("hello", "supervise_start")
	m.expect("start", out, errs, code, "</usr/libexec/hello/start><-->", "", 0, "checkpath -d -m 0755 /run/hello /var/log/hello\n")
	writeFile(t, filepath.Join(m.root, "var/lib/hello/bin/environment"), "false\n")
	writeFile(t, filepath.Join(m.root, "bin/sleep"), "#!/bin/sh\n")
	out, errs, code = m.openrc("hello", "supervise_start")
	m.expect("start without the platform", out, errs, code, "", strings.Repeat("the platform's variables cannot be read\n", 20), 1, "")
}

// started runs the script that becomes the service's program under supervise-daemon, and compares its exit code and its log.
func (m machine) started(what, wantCode, wantLog string, env ...string) {
	m.t.Helper()
	log := filepath.Join(m.root, "var/log/hello/hello.log")
	out, errs, code := m.sh("usr/libexec/hello/start; echo $?", env...)
	m.expect(what, out, errs, code, wantCode+"\n", "", 0, "")
	var body []byte
	for limit := time.Now().Add(10 * time.Second); len(body) == 0 && time.Now().Before(limit); time.Sleep(20 * time.Millisecond) {
		body, _ = os.ReadFile(log) // not there yet
	}
	if got := strings.ReplaceAll(string(body), m.root, ""); got != wantLog {
		m.t.Errorf("%s: log %q, want %q", what, got, wantLog)
	}
}

func TestCommandsOnly(t *testing.T) {
	m := install(t, recipes()["commands-only"])
	writeFile(t, filepath.Join(m.root, "var/lib/sweeper/sweep"), "#!/bin/sh\necho \"$@\"\n")
	out, errs, code := m.openrc("sweeper", "start && sweep")
	m.expect("sweep", out, errs, code, "--level 3\n", "", 0, "su -s /bin/sh -c exec /var/lib/sweeper/sweep --level $LEVEL sweeper\n")
}

func TestS6Scripts(t *testing.T) {
	m := install(t, nodeService())
	_ = os.MkdirAll(filepath.Join(m.root, "usr/bin"), 0o755)
	writeFile(t, filepath.Join(m.root, "usr/bin/node"), "#!/bin/sh\necho \"$* in $PWD, home $HOME, port $PORT\"; echo complaint >&2\n")
	writeFile(t, filepath.Join(m.root, "var/lib/kiosk/bin/environment"), "export SECOND=2\n")

	out, errs, code := m.sh("var/lib/kiosk/service/run")
	m.expect("run", out, errs, code, "server.js in /var/lib/kiosk, home /var/lib/kiosk, port 3000\ncomplaint\n", "", 0,
		"s6-setuidgid kiosk /usr/bin/node server.js\n")
	out, errs, code = m.sh("rm -f run/kiosk/*; cp etc/conf.d/kiosk old; echo export SERVICE_MODE=worker >>etc/conf.d/kiosk; var/lib/kiosk/service/run")
	m.expect("run worker", out, errs, code, "complaint\n", "", 0,
		"s6-setuidgid kiosk /bin/sh -c exec /usr/bin/node worker.js > /dev/null\n")
	out, errs, code = m.sh("rm -f run/kiosk/*; cp old etc/conf.d/kiosk; echo export SERVICE_MODE=x >>etc/conf.d/kiosk; var/lib/kiosk/service/run; code=$?; cp old etc/conf.d/kiosk; exit $code")
	m.expect("unknown mode", out, errs, code, "SERVICE_MODE is x; allowed are: web worker\n", "", 100, "")

	out, errs, code = m.sh("var/lib/kiosk/service/finish 100 0", "SERVICE_MODE=x")
	m.expect("finish for good", out, errs, code, "kiosk ended with exit code 100\n", "", 125, "")
	out, errs, code = m.sh("var/lib/kiosk/service/finish 256 9", "SERVICE_MODE=worker")
	m.expect("finish without stop", out, errs, code, "kiosk ended by signal 9\n", "", 0, "")
	_ = os.Mkdir(filepath.Join(m.root, "var/lib/kiosk/tmp"), 0o755)
	writeFile(t, filepath.Join(m.root, "var/lib/kiosk/tmp/server.pid"), "999999999\n")
	_, errs, code = m.sh("var/lib/kiosk/service/finish 0 0")
	m.expect("finish", "", errs, code, "", "", 0, "s6-setuidgid kiosk /bin/sh -c kill $(cat tmp/server.pid)\n")

	_, errs, _ = m.sh("var/lib/kiosk/service/log/run")
	m.expect("log", "", errs, 0, "", "", 0, "install -d -o kiosk -g kiosk /var/log/kiosk\n"+
		"s6-setuidgid kiosk s6-log n10 s1000000 T /var/log/kiosk\ns6-log n10 s1000000 T /var/log/kiosk\n")

	writeFile(t, filepath.Join(m.root, "var/lib/kiosk/bin/kiosk"), "#!/bin/sh\nprintf '<%s>' \"$@\" \"$PORT$SECOND\" \"$HOME\"\nexit 3\n")
	out, errs, code = m.openrc("kiosk", "migrate")
	m.expect("migrate", out, errs, code, "<eval><Kiosk.migrate()><30002></var/lib/kiosk>", "", 3,
		"s6-setuidgid kiosk /bin/sh -c exec /var/lib/kiosk/bin/kiosk eval 'Kiosk.migrate()'\n")

	out, errs, code = m.sh(`var/lib/kiosk/bin/env-exec 'echo "$PORT $SECOND"; exit 4'`)
	if strings.TrimSpace(out) != "3000 2" || errs != "" || code != 4 {
		t.Errorf("env-exec LINE: %q, %q, %d", out, errs, code)
	}
	out, errs, code = m.sh(`var/lib/kiosk/bin/env-exec printf '<%s>' 'a b' '$PORT'`)
	if out != "<a b><$PORT>" || errs != "" || code != 0 {
		t.Errorf("env-exec COMMAND: %q, %q, %d", out, errs, code)
	}
	if _, errs, code = m.sh("var/lib/kiosk/bin/env-exec"); code != 2 || !strings.HasPrefix(errs, "usage:") {
		t.Errorf("env-exec alone: %q, %d", errs, code)
	}
}

func TestHooks(t *testing.T) {
	r := nodeService()
	r.Hooks["pre-deinstall"] = *block(50, "echo said >&2\nexit 5")
	r.Hooks["pre-install"] = *block(52, "echo said >&2\nfalse\n")
	m := install(t, r)
	loggers := "s6-svc -r /run/openrc/s6-scan/kiosk/log\ns6-svc -r /run/openrc/s6-scan/kiosk.web/log\n" +
		"s6-svc -r /run/openrc/s6-scan/kiosk.worker/log\n"
	account := "addgroup -S kiosk\nadduser -S -D -H -h /var/lib/kiosk -s /sbin/nologin -G kiosk -g kiosk kiosk\n"
	if err := os.Symlink("/nowhere", filepath.Join(m.root, "run/openrc/s6-scan/kiosk")); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		hook, out, errs, calls string
		code                   int
	}{
		{"pre-install", "said\n", "kiosk: pre-install: hook.pre-install of pakman.yml:52:3: exit code 1\n", account, 1},
		{"pre-upgrade", "", "", account, 0},
		{"post-install", "noise\nnoise\nnoise\nnoise\n", "kiosk: post-install: rc-service kiosk migrate: exit code 1\n",
			"rc-update add kiosk\nrc-service kiosk migrate\n", 1},
		{"post-upgrade", "noise\nnoise\n", "kiosk: post-upgrade: rc-service kiosk migrate: exit code 1\n",
			loggers + "rc-service kiosk migrate\nrc-service --quiet --ifstarted kiosk restart\n" +
				"rc-service --quiet --ifstarted kiosk.web restart\nrc-service --quiet --ifstarted kiosk.worker restart\n", 1},
		{"pre-deinstall", "said\n", "kiosk: pre-deinstall: hook.pre-deinstall of pakman.yml:50:3: exit code 5\n",
			"rc-service --quiet --ifstarted kiosk stop\ns6-svscanctl -an /run/openrc/s6-scan\n" +
				"rc-service --quiet --ifstarted kiosk.web stop\nrc-service --quiet --ifstarted kiosk.worker stop\n", 5},
		{"post-deinstall", "noise\nnoise\n", "kiosk: post-deinstall: hook.post-deinstall of pakman.yml:46:3: exit code 1\n",
			"rc-update del kiosk\n", 1},
	} {
		out, errs, code := m.sh("scripts/" + tc.hook)
		m.expect(tc.hook, out, errs, code, tc.out, tc.errs, tc.code, tc.calls)
	}
	for _, gone := range []string{"run/openrc/s6-scan/kiosk", "var/lib/kiosk/service"} {
		if _, err := os.Lstat(filepath.Join(m.root, gone)); err == nil {
			t.Errorf("%s is left", gone)
		}
	}

	r = nodeService()
	r.Hooks = map[string]recipe.Script{"pre-upgrade": {Text: "rc-service kiosk stop"},
		"post-upgrade": {Text: "rc-service kiosk start || true"}}
	m = install(t, r)
	out, errs, code := m.sh("scripts/post-upgrade")
	m.expect("own restart", out, errs, code, "noise\nnoise\n", "", 0,
		loggers+"rc-service kiosk start\n")
}

// TestUnknownMode starts a service of the platform's form with a SERVICE_MODE that names none: the first one runs, as it always has.
func TestUnknownMode(t *testing.T) {
	r := nodeService()
	r.AnyMode = true
	m := install(t, r)
	_ = os.MkdirAll(filepath.Join(m.root, "usr/bin"), 0o755)
	writeFile(t, filepath.Join(m.root, "usr/bin/node"), "#!/bin/sh\necho \"$* as $SERVICE_MODE\"\n")
	writeFile(t, filepath.Join(m.root, "var/lib/kiosk/bin/environment"), "export SECOND=2\n")
	_ = os.MkdirAll(filepath.Join(m.root, "var/lib/kiosk/tmp"), 0o755)
	writeFile(t, filepath.Join(m.root, "var/lib/kiosk/tmp/server.pid"), "999999999\n")
	confd, err := os.ReadFile(filepath.Join(m.root, "etc/conf.d/kiosk"))
	if err != nil {
		t.Fatal(err)
	}
	for mode, want := range map[string]string{
		"":       "server.js as \n",
		"web":    "server.js as web\n",
		"worker": "",
		"wrker":  "SERVICE_MODE is wrker; known are: web worker: web is started\nserver.js as wrker\n",
	} {
		writeFile(t, filepath.Join(m.root, "etc/conf.d/kiosk"), string(confd)+"export SERVICE_MODE="+mode+"\n")
		out, errs, code := m.sh("rm -f run/kiosk/*; var/lib/kiosk/service/run")
		if out != want || errs != "" || code != 0 {
			t.Errorf("SERVICE_MODE=%s: %q, %q, exit code %d", mode, out, errs, code)
		}
		_ = os.Remove(filepath.Join(m.root, "calls")) // of this run
		stopped := "s6-setuidgid kiosk /bin/sh -c kill $(cat tmp/server.pid)\n"
		if mode == "worker" {
			stopped = ""
		}
		_, errs, code = m.sh("var/lib/kiosk/service/finish 0 0")
		m.expect("finish with SERVICE_MODE="+mode, "", errs, code, "", "", 0, stopped)
	}
}
