//go:build linux

package machine

import (
	"strings"
	"testing"
)

// original puts a running instance onto the machine as the first PAKman left it: everything is root's, the link of the
// service is made when it starts, and the package of the init script holds nothing else.
func original(c *client) {
	c.write("etc/init.d/demo", `#!/sbin/openrc-run
name="demo"
extra_commands="migrate"
supervisor="s6"
s6_service_path="${RC_SVCDIR}/s6-scan/demo"
migrate() { echo "old migrate"; }
depend() { need net s6-svscan; }
start_pre() {
	if [ ! -L "${RC_SVCDIR}/s6-scan/demo" ]; then
		ln -s /var/lib/demo/service "${RC_SVCDIR}/s6-scan/demo"
	fi
}
`)
	c.write("var/lib/demo/service/run", "#!/bin/sh\necho 'version zero' $(id -un); echo left >/var/lib/demo/data.db; exec sleep 1000\n")
	c.write("var/lib/demo/service/finish", "#!/bin/sh\nexit 0\n")
	c.write("var/lib/demo/service/log/run", "#!/bin/sh\nexec s6-log -b n20 s1000000 T /var/log/demo\n")
	c.packages["demo"] = installed{version: "0.0.1-r5", paths: []string{"var/lib/demo/service/run", "var/lib/demo/service/finish",
		"var/lib/demo/service/log/run"}}
	c.packages["demo-openrc"] = installed{version: "0.0.1-r5", paths: []string{"etc/init.d/demo"}}
	c.ok("addgroup -S demo; adduser -S demo; ln -s /usr/bin/s6-svscan /bin/s6-svscan; chown demo:demo /var/lib/demo")
	c.ok("rc-update -u; rc-service demo start")
	c.eventually("grep 'version zero root' /var/log/demo/current && test -s /var/lib/demo/data.db")
}

// TestFromOriginal moves a running instance of the first PAKman to a package of this one, with and without the hooks that
// many applications have.
func TestFromOriginal(t *testing.T) {
	for _, hooks := range []string{"", ownHooks} {
		files := demo(true, "two", "second", "--port 2", hooks)
		files["bin/second"] = "#!/bin/sh\necho \"version two as $(id -un)\"; echo more >>/var/lib/demo/data.db; exec sleep 1000\n"
		now := build(t, "1.0.0", files)
		for _, order := range orders {
			t.Run(strings.Join(order, ",")+map[bool]string{true: ",hooks"}[hooks != ""], func(t *testing.T) {
				t.Parallel()
				c := newClient(boot(t))
				original(c)
				c.clean(c.add(in(order, now)...))
				c.eventually("grep 'version two as demo' /var/log/demo/current")
				c.eventually("test \"$(cat /var/lib/demo/data.db)\" = \"$(printf 'left\\nmore')\"")
				c.ok("grep -q 'version zero' /var/log/demo/current")
				c.eventually("! pgrep -u root s6-log && ! pgrep -u root -x sleep | grep -v $(pgrep -P 1 -x sleep)")
			})
		}
	}
}
