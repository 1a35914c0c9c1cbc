package builder

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/sandbox"
)

// Account is the unprivileged user that a build runs as when this program runs as root. It has no
// supplementary groups. A nil Account is this process's own user.
type Account struct{ UID, GID uint32 }

// become finds out whether this process may run a program as the account and give it files.
func (a *Account) become() error {
	probe, err := os.CreateTemp("", "pakman-owner-")
	if err != nil {
		return err
	}
	err = errors.Join(os.Remove(probe.Name()), a.OwnFile(probe), probe.Close())
	if err == nil {
		_, err = proc.Run(context.Background(), proc.Cmd{Path: "/bin/sh", Args: []string{"-c", ":"}, Dir: "/", Credential: a.Credential()})
	}
	if err == nil || !errors.Is(err, syscall.EPERM) && !errors.Is(err, syscall.EINVAL) {
		return err
	}
	return fmt.Errorf("builds do not run as root, and root may not run them as the user with uid %d here: give it the capabilities CHOWN, "+
		"SETUID and SETGID and a user namespace with that user (unshare --map-auto, a subuid range), or start as an ordinary user (%w)",
		a.UID, err)
}

// FindAccount returns the account of the user called name or, where name is empty, of the first of
// usual that exists; nil when this process is not root, or is root of a namespace without other users.
func FindAccount(name string, usual ...string) (*Account, error) {
	if sandbox.SameUser() {
		return nil, nil
	}
	if name != "" {
		usual = []string{name}
	}
	for _, n := range usual {
		u, err := user.Lookup(n)
		if errors.As(err, new(user.UnknownUserError)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		a, err := newAccount(u)
		if err == nil {
			err = a.become()
		}
		return a, err
	}
	return nil, fmt.Errorf("builds do not run as root, and there is no user %q to run them as: make one with adduser", usual[0])
}

// numbered is where the numbers begin of the users that the second and later of several builds run as. No
// distribution gives them to anybody.
const numbered = 62000

// Apart returns the account for one of several builds that run at once. In namespaces builds do not see each other;
// without them each gets a user number of its own, so that none can change another's files.
func (j Job) Apart(as *Account) *Account {
	if as == nil || !j.OtherUser() {
		return as
	}
	id := uint32(numbered + j.Nth) //#nosec G115 -- the number of an application
	return &Account{UID: id, GID: id}
}

// OtherUser reports whether this build runs as another user than the first: that one's caches could not be written.
func (j Job) OtherUser() bool {
	return j.Nth > 0 && !sandbox.SameUser() && sandbox.Available() != sandbox.Namespaces
}

func newAccount(u *user.User) (*Account, error) {
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if err := errors.Join(errUID, errGID); err != nil {
		return nil, fmt.Errorf("user %s: %w", u.Username, err)
	}
	if uid == 0 {
		return nil, fmt.Errorf("builds do not run as root: user %s has uid 0; name another one", u.Username)
	}
	return &Account{UID: uint32(uid), GID: uint32(gid)}, nil
}

// Credential returns the credential of a child process.
func (a *Account) Credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.UID, Gid: a.GID, Groups: []uint32{}}
}

// Own makes the account the owner of the directories and all below them. A directory that is the
// account's already (a cache of earlier builds) is not walked. Links are not followed; an empty
// name is skipped.
func (a *Account) Own(dirs ...string) error {
	if a == nil {
		return nil
	}
	for _, dir := range dirs {
		if dir == "" || a.owns(dir) {
			continue
		}
		if err := os.Lchown(dir, int(a.UID), int(a.GID)); err != nil {
			return err
		}
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, entry := range entries {
			if err := filepath.WalkDir(filepath.Join(dir, entry.Name()), a.own); err != nil {
				return err
			}
		}
	}
	return nil
}

// OwnFile makes the account the owner of an open file.
func (a *Account) OwnFile(f *os.File) error {
	if a == nil {
		return nil
	}
	return f.Chown(int(a.UID), int(a.GID))
}

// Reach finds out early, and in words, that the account cannot write to one of the directories.
func (a *Account) Reach(ctx context.Context, dirs ...string) error {
	if a == nil {
		return nil
	}
	for _, dir := range dirs {
		_, err := proc.Run(ctx, proc.Cmd{
			Path: "/bin/sh", Args: []string{"-c", `test -w "$1"`, "sh", dir}, Dir: "/", Credential: a.Credential(),
		})
		var failed *proc.Error
		if errors.As(err, &failed) && failed.ExitCode > 0 {
			return fmt.Errorf("the build runs as the user with uid %d, to whom %s, or a directory above it, is closed: choose another "+
				"place (TMPDIR for the build, --cache-dir for the caches)", a.UID, dir)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (a *Account) owns(path string) bool {
	info, err := os.Lstat(path)
	if err != nil {
		return false
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	return ok && st.Uid == a.UID && st.Gid == a.GID
}

func (a *Account) own(path string, _ fs.DirEntry, err error) error {
	if err != nil {
		return err
	}
	return os.Lchown(path, int(a.UID), int(a.GID))
}
