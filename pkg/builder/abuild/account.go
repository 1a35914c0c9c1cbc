package abuild

import (
	"errors"
	"os"
	"os/user"
	"slices"
	"strconv"

	"github.com/pakman/build/pkg/builder"
)

// usualUsers are whom builds run as when nobody is named; the last one exists everywhere.
var usualUsers = []string{"pakman", "builder", "nobody"}

// installers is the group whose members may run apk as root through abuild's set-uid helper.
const installers = "abuild"

// findAccount returns the user for a build, who is never in the group of installers: they can become root.
func findAccount(name string) (*builder.Account, error) {
	as, err := builder.FindAccount(name, usualUsers...)
	if as == nil && err == nil && os.Geteuid() == 0 {
		err = errors.New("abuild does not run as root, and this user namespace has no other user: use --builder native")
	}
	if as == nil || err != nil {
		return nil, err
	}
	gid, found, err := installersGID()
	if found && int(as.GID) == gid {
		as = &builder.Account{UID: as.UID, GID: as.UID}
	}
	return as, err
}

// installersGID returns the number of the group, if it exists.
func installersGID() (gid int, found bool, err error) {
	group, err := user.LookupGroup(installers)
	if errors.As(err, new(user.UnknownGroupError)) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	gid, err = strconv.Atoi(group.Gid)
	return gid, err == nil, err
}

// mayInstall reports whether this process may install packages through abuild's helper.
func mayInstall() (bool, error) {
	gid, found, err := installersGID()
	if err != nil || !found {
		return false, err
	}
	gids, err := os.Getgroups()
	return slices.Contains(gids, gid) || os.Getegid() == gid, err
}
