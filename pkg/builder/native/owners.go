package native

import (
	"bufio"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// owners remembers who was to own the files that package() gave away, by device and inode, as
// driver.sh wrote them down.
type owners map[string]owned

// checkGivenAway refuses files whose owner or group was really changed, which a user may do with groups of his own: what
// driver.sh did not write down would become root's.
func (s *session) checkGivenAway(p output, known owners) error {
	base, err := s.build.Lstat("pkg")
	if err != nil {
		return err
	}
	builders, ok := base.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	return filepath.WalkDir(p.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok || stat.Uid == builders.Uid && stat.Gid == builders.Gid {
			return nil
		}
		if _, written := known[fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)]; written {
			return nil
		}
		return builder.Refuse("package %s: %s was given to user %d and group %d by a program: only chown, chgrp, install and cp in package() itself are "+
			"understood without root; call one of them there, or use --builder abuild, which has fakeroot", p.name, strings.TrimPrefix(path, p.dir), stat.Uid, stat.Gid)
	})
}

type owned struct {
	apk.Owner
	born string // when the file was made, as stat prints it; "" or "?" where unknown
}

// readOwners reads the file that driver.sh appends to: DEV:INODE|BORN|USER|GROUP, where "-" leaves
// a name as it is, and after setcap |CAPABILITIES. Users and groups are root's and those the APKBUILD declares, as only they
// exist when the package is installed.
func (s *session) readOwners(m *metadata) (owners, error) {
	f, err := s.private.Open(ownersFile)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	users := append([]string{"root", "-"}, m.words("pkgusers")...)
	groups := append([]string{"root", "-"}, m.words("pkggroups")...)
	all := owners{}
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "|")
		if len(fields) != 4 && len(fields) != 5 {
			return nil, fmt.Errorf("owners: %q has neither four nor five fields", lines.Text())
		}
		user, group := byNumber(fields[2]), byNumber(fields[3])
		if !slices.Contains(users, user) {
			return nil, builder.Refuse("package() gives files to the user %s, which is not in pkgusers: %s", user, strings.Join(users[2:], " "))
		}
		if !slices.Contains(groups, group) {
			return nil, builder.Refuse("package() gives files to the group %s, which is not in pkggroups: %s", group, strings.Join(groups[2:], " "))
		}
		all.set(fields[0], fields[1], user, group)
		if len(fields) == 5 {
			if err := all.setCapability(m, fields[0], fields[4]); err != nil {
				return nil, err
			}
		}
	}
	return all, lines.Err()
}

// byNumber returns the one number that is the same on every machine its name.
func byNumber(name string) string {
	if name == "0" {
		return "root"
	}
	return name
}

func (o owners) set(id, born, user, group string) {
	entry, known := o[id]
	if !known || entry.born != born {
		entry = owned{Owner: apk.Owner{User: "root", Group: "root"}, born: born}
	}
	if user != "-" {
		entry.User = user
	}
	if group != "-" {
		entry.Group = group
	}
	o[id] = entry
}

// setCapability returns a file that set knows the capabilities that setcap was told.
func (o owners) setCapability(m *metadata, id, text string) error {
	if !m.option("setcap") {
		return builder.Refuse("package() gives a file capabilities (setcap %s): say options=\"setcap\" in an APKBUILD of your own, or start the service as root and drop what it does not need", text)
	}
	c, err := parseCapabilities(text)
	if err != nil {
		return err
	}
	entry := o[id]
	entry.Capability = c.attribute()
	o[id] = entry
	return nil
}

// of returns apk.Tree's Owner for a package installed below root.
func (o owners) of(root string) func(string, fs.FileInfo) apk.Owner {
	return func(path string, info fs.FileInfo) apk.Owner {
		nobody := apk.Owner{User: "root", Group: "root"}
		stat, ok := info.Sys().(*syscall.Stat_t)
		if !ok {
			return nobody
		}
		entry, ok := o[fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)]
		if !ok || entry.replaced(filepath.Join(root, path)) {
			return nobody
		}
		return entry.Owner
	}
}

// replaced tells that the file at path is a later one that got the number of a removed file. Where
// the file system or the machine's stat does not tell when files were made, none is.
func (o owned) replaced(path string) bool {
	then, err := time.Parse("2006-01-02 15:04:05.999999999 -0700", o.born)
	if err != nil {
		return false
	}
	now, known := birth(path)
	return known && !then.Equal(now)
}
