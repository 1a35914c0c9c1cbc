//go:build linux

package machine

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// intruder is a service that was broken into: it tries to change its code, and writes where it may.
const intruder = `#!/bin/sh
cd /var/lib/demo
for attack in 'echo evil >lib/code' 'rm lib/code' 'mv lib lib.old' 'rm bin/app' 'mv bin bin.old' \
	'echo evil >lib/deep/er/code' 'rm lib/deep/er/code'; do
	sh -c "$attack" 2>/dev/null && echo "did: $attack"
done
cat lib/code >/dev/null || echo "did: lose its code"
echo mine >>own; echo mine >>storage/logs/app.log; mkdir -p .cache
sh -c 'echo more >>lib/data.db; echo j >lib/data.db-journal; rm lib/data.db-journal' 2>/dev/null && echo "wrote beside the code"
echo "tried as $(id -un)"
exec sleep 1000
`

// owned is an application whose code belongs to the service, as in packages of earlier versions, or to root.
func owned(s6, ofRoot bool, program string) map[string]string {
	text := "name: demo\nbuild: {command: chmod 600 lib/code && chmod 770 lib, destinations: [bin, lib, storage]}\nrun:\n  name: demo\n" +
		"  services: [{name: web, binary: app}]\n  supervisor: " + map[bool]string{true: "s6", false: "supervise-daemon"}[s6] + "\n"
	file := "instellar.yml"
	if ofRoot {
		file, text = "pakman.yml", text+"  writable: [storage, up/loads]\n"
	}
	return map[string]string{file: text, "bin/app": program, "lib/code": "good\n", "lib/deep/er/code": "good\n", "storage/logs/.keep": ""}
}

// eachSupervisor runs a test with both supervisors, and on machines with apk 2 and 3. It gets the packages of each version.
func eachSupervisor(t *testing.T, versions func(s6 bool) []map[string]string, test func(c *client, s6 bool, packages []map[string]string)) {
	t.Helper()
	for _, s6 := range []bool{false, true} {
		var packages []map[string]string
		for i, files := range versions(s6) {
			packages = append(packages, build(t, fmt.Sprintf("1.%d.0", i), files))
		}
		for _, apk3 := range []bool{false, true} {
			t.Run(map[bool]string{false: "supervise-daemon", true: "s6"}[s6]+map[bool]string{false: ",apk2", true: ",apk3"}[apk3],
				func(t *testing.T) {
					t.Parallel()
					c := newClient(boot(t))
					c.keepOwners = apk3
					test(c, s6, packages)
				})
		}
	}
}

// unharmed fails the test if the service has changed its code.
func unharmed(c *client, s6 bool) {
	c.t.Helper()
	c.eventually("grep 'tried as demo' " + logOf(s6))
	if out := c.ok("grep 'did: ' " + logOf(s6) + " || :"); out != "" {
		c.t.Errorf("the service changed its code:\n%s", out)
	}
	c.ok("cd /var/lib/demo; cat lib/code lib/deep/er/code | sort -u | grep -x good && test -x bin/app && test -s own && test -d .cache && " +
		"test -s storage/logs/app.log && su -s /bin/sh demo -c 'touch up/loads/x'")
}

// TestCodeOfRoot installs a service that tries to change its code.
func TestCodeOfRoot(t *testing.T) {
	versions := func(s6 bool) []map[string]string { return []map[string]string{owned(s6, true, intruder)} }
	eachSupervisor(t, versions, func(c *client, s6 bool, packages []map[string]string) {
		c.clean(c.add(in(orders[0], packages[0])...))
		c.ok("rc-update -u; rc-service demo start")
		unharmed(c, s6)
		c.ok("! grep 'wrote beside' " + logOf(s6))
	})
}

// TestCodeBecomesOfRoot upgrades a running service that owned its code, and had written beside it, to one that does not. A second
// upgrade changes no owner any more.
func TestCodeBecomesOfRoot(t *testing.T) {
	before := "#!/bin/sh\ncd /var/lib/demo; echo first >lib/data.db; echo first >storage/logs/app.log; echo first >own; echo up\nexec sleep 1000\n"
	versions := func(s6 bool) []map[string]string {
		now := owned(s6, true, intruder)
		return []map[string]string{owned(s6, false, before), now, now}
	}
	eachSupervisor(t, versions, func(c *client, s6 bool, packages []map[string]string) {
		c.clean(c.add(in(orders[0], packages[0])...))
		c.ok("rc-update -u; rc-service demo start")
		c.eventually("grep up " + logOf(s6))
		for _, now := range packages[1:] {
			c.clean(c.add(in(orders[1], now)...))
			unharmed(c, s6)
			c.eventually("grep 'wrote beside' " + logOf(s6))
		}
		c.ok("cd /var/lib/demo; head -n 1 lib/data.db storage/logs/app.log own | grep -c first | grep -x 3")
		owners := c.ok("cd /var/lib/demo; stat -c '%n %U %a' . bin lib lib/deep lib/deep/er storage storage/logs up up/loads")
		want := ". root 1775\nbin root 755\nlib root 1775\nlib/deep root 755\nlib/deep/er root 755\nstorage demo 755\nstorage/logs demo 755\n" +
			"up root 755\nup/loads demo 755\n"
		if owners != want {
			c.t.Errorf("owners\n%swant\n%s", owners, want)
		}
	})
}

// TestLinkInTheWay has a service that puts links where its directories were. An upgrade gives it nothing behind them.
func TestLinkInTheWay(t *testing.T) {
	versions := func(s6 bool) []map[string]string {
		now := owned(s6, true, intruder)
		return []map[string]string{now, now}
	}
	eachSupervisor(t, versions, func(c *client, s6 bool, packages []map[string]string) {
		c.clean(c.add(in(orders[0], packages[0])...))
		c.ok("mkdir -p /srv/logs; chown root:root /srv/logs; chmod 2775 /var/lib/demo/lib/deep")
		c.ok("su -s /bin/sh demo -c 'cd /var/lib/demo; mv storage away; ln -s /srv storage'")
		if s6 {
			c.ok("chown demo /var/lib/demo/bin; su -s /bin/sh demo -c 'test -w /var/lib/demo/bin'")
		}
		_, ok := c.add(in(orders[0], packages[1])...)
		if !ok {
			c.t.Error("the upgrade failed")
		}
		c.ok("! stat -c %U /srv /srv/logs /var/lib/demo/bin | grep -vx root")
		c.ok("stat -c %U:%A /var/lib/demo/lib/deep | grep root:drwxr-")
	})
}

// TestMoreIsWritable upgrades a service to one that may write to what was root's.
func TestMoreIsWritable(t *testing.T) {
	versions := func(s6 bool) []map[string]string {
		now := owned(s6, true, intruder)
		before := maps.Clone(now)
		before["pakman.yml"] = strings.Replace(now["pakman.yml"], "storage, ", "", 1)
		return []map[string]string{before, now}
	}
	eachSupervisor(t, versions, func(c *client, s6 bool, packages []map[string]string) {
		for _, p := range packages {
			c.clean(c.add(in(orders[0], p)...))
		}
		c.ok("rc-update -u; rc-service demo start")
		unharmed(c, s6)
	})
}
