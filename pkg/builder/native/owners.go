package native

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// owners remembers who was to own the files that package() gave away, by device and inode, as
// driver.sh wrote them down.
type owners map[string]owned

// checkGivenAway refuses files that are not the builder's own: a hard link to somebody else's file, which would be packed or
// stripped, and files whose group was really changed, which a user may do with groups of his own and which would become root's.
func (s *session) checkGivenAway(p output, known owners) error {
	base, err := s.work.Lstat("pkg")
	if err != nil {
		return err
	}
	cursor := p.tree.Cursor()
	defer cursor.Close()
	for _, e := range p.list {
		info, err := cursor.Lstat(e.Path)
		if err != nil {
			return err
		}
		_, written := known[fileID(info)]
		if info.UID == base.UID && (info.GID == base.GID || written) {
			continue
		}
		return builder.Refuse(
			"package %s: /%s was given to user %d and group %d by a program: only chown, chgrp, install and cp in package() itself are "+
				"understood without root; call one of them there, or use --builder abuild, which has fakeroot", p.name, e.Path, info.UID,
			info.GID)
	}
	return nil
}

// fileID returns the number of a file as driver.sh writes it.
func fileID(info tree.Info) string { return fmt.Sprintf("%d:%d", info.Device, info.Inode) }

type owned struct {
	apk.Owner
	born string // when the file was made, as stat prints it; "" or "?" where unknown
}

// readOwners reads the file that driver.sh appends to: DEV:INODE|BORN|USER|GROUP, where "-" leaves
// a name as it is, and after setcap |CAPABILITIES. Users and groups are root's and those the APKBUILD declares, as only they
// exist when the package is installed.
func (s *session) readOwners(m *metadata) (owners, error) {
	f, err := s.openOwners()
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
			return nil, builder.Refuse("package() gives files to the user %s, which is not in pkgusers: %s", user,
				strings.Join(users[2:], " "))
		}
		if !slices.Contains(groups, group) {
			return nil, builder.Refuse("package() gives files to the group %s, which is not in pkggroups: %s", group,
				strings.Join(groups[2:], " "))
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

// maxOwners is the size of what driver.sh may write down.
const maxOwners = 256 << 20

// openOwners opens the file that driver.sh appends to.
func (s *session) openOwners() (*os.File, error) {
	f, err := s.private.Open(ownersFile)
	if err != nil {
		return nil, builder.Refuse("package() removed the file in which owners are recorded: %v", err)
	}
	if info, err := f.Stat(); err != nil || info.Size() > maxOwners {
		return nil, errors.Join(builder.Refuse("package() gave away more files than can be recorded: %d bytes at most", maxOwners), err,
			f.Close())
	}
	return f, nil
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
		return builder.Refuse("package() gives a file capabilities (setcap %s): set options=\"setcap\" in your own APKBUILD, or "+
			"start the service as root and drop what it does not need", text)
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

// of returns apk.Tree's Owner for the files of a package.
func (o owners) of(dir *tree.Dir) func(string, tree.Info) apk.Owner {
	return func(path string, info tree.Info) apk.Owner {
		entry, ok := o[fileID(info)]
		if !ok || entry.replaced(dir, path) {
			return apk.Owner{User: "root", Group: "root"}
		}
		return entry.Owner
	}
}

// replaced reports whether the file at path is a later one that got the number of a removed file. Where
// the file system or the machine's stat does not say when files were made, none is.
func (o owned) replaced(dir *tree.Dir, path string) bool {
	then, err := time.Parse("2006-01-02 15:04:05.999999999 -0700", o.born)
	if err != nil {
		return false
	}
	now, known := dir.Birth(path)
	return known && !then.Equal(now)
}
