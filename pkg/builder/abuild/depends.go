package abuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/proc"
)

// When the program is root, abuild itself must not be able to become root: then nothing in the
// build can. So abuild is asked what it would install and which users it would make, by giving it
// "echo" in place of its set-uid helpers, and the program does it.

// wishes is what abuild wants the system to have before the build.
type wishes struct {
	virtual  string   // the name under which the packages are installed and removed again
	packages []string // dependencies with their version constraints
	groups   []string
	users    []systemUser
}

type systemUser struct{ name, group string }

// The words by which the requests are known in abuild's output.
const (
	wishApk   = "pakman-wish-apk"
	wishUser  = "pakman-wish-user"
	wishGroup = "pakman-wish-group"
)

// wishEnv makes abuild print its requests.
func wishEnv() []string {
	return []string{"SUDO_APK=echo " + wishApk, "ADDUSER=echo " + wishUser, "ADDGROUP=echo " + wishGroup}
}

var (
	dependency = regexp.MustCompile(`^!?/?[A-Za-z0-9_][^\s]*$`) // a package, or a file as in /bin/sh
	systemName = regexp.MustCompile(`^[a-z_][a-z0-9_-]*$`)
)

// parseWishes reads the output of "abuild deps mkusers". It comes from the build's side, so only
// names are taken from it.
func parseWishes(output []byte) (wishes, error) {
	var w wishes
	for line := range strings.Lines(string(output)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		last := words[len(words)-1]
		switch words[0] {
		case wishApk:
			w.virtual, w.packages = parseAdd(words[1:])
		case wishGroup:
			w.groups = append(w.groups, last)
		case wishUser:
			u := systemUser{name: last}
			if len(words) > 2 && words[len(words)-3] == "-G" {
				u.group = words[len(words)-2]
			}
			w.users = append(w.users, u)
		}
	}
	// abuild would have found the group that it asked for a moment ago.
	for i, u := range w.users {
		if u.group == "" && slices.Contains(w.groups, u.name) {
			w.users[i].group = u.name
		}
	}
	return w, w.check()
}

// parseAdd reads "add [--wait N] [--repository URL] --virtual NAME PACKAGE…", in any order.
func parseAdd(words []string) (virtual string, packages []string) {
	for i := 1; i < len(words); i++ {
		switch word := words[i]; {
		case word == "--virtual" && i+1 < len(words):
			i++
			virtual = words[i]
		case word == "--repository", word == "--wait":
			i++
		case !strings.HasPrefix(word, "-"):
			packages = append(packages, word)
		}
	}
	return virtual, packages
}

func (w wishes) check() error {
	for _, p := range w.packages {
		if !dependency.MatchString(p) || strings.Contains(p, ".apk") { // apk add would take it for a package's file
			return fmt.Errorf("dependencies: %q is not a package name", p)
		}
	}
	if len(w.packages) > 0 && !strings.HasPrefix(w.virtual, ".makedepends-") {
		return fmt.Errorf("abuild asks for dependencies under the unexpected name %q", w.virtual)
	}
	names := w.groups
	for _, u := range w.users {
		names = append(names, u.name)
		if u.group != "" {
			names = append(names, u.group)
		}
	}
	for _, n := range names {
		if !systemName.MatchString(n) {
			return fmt.Errorf("%q is not a name of a user or group", n)
		}
	}
	return nil
}

// system changes the machine, as root or by the helpers. Its environment holds nothing of the build's.
type system struct {
	env   []string
	log   io.Writer
	cache string // where apk keeps what it downloads; empty: nowhere
	// prefix begins the names of the programs that a user runs in place of apk, adduser and addgroup; empty: this is root.
	prefix string
}

// helpers begins the names of abuild's set-user-ID programs for the members of its group.
const helpers = "abuild-"

// apkWait is how long, in seconds, apk waits for another apk to end.
const apkWait = "60"

// grant returns the system what w asks for.
func (s system) grant(ctx context.Context, w wishes) error {
	for _, group := range w.groups {
		if err := s.run(ctx, "addgroup", "-S", group); err != nil {
			return fmt.Errorf("make group %s: %w", group, err)
		}
	}
	for _, u := range w.users {
		args := []string{"-S", "-D", "-H", u.name}
		if u.group != "" {
			args = []string{"-S", "-D", "-H", "-G", u.group, u.name}
		}
		if err := s.run(ctx, "adduser", args...); err != nil {
			return fmt.Errorf("make user %s: %w", u.name, err)
		}
	}
	if len(w.packages) == 0 {
		return nil
	}
	var said bytes.Buffer
	quoting := s
	quoting.log = io.MultiWriter(s.log, &said)
	args := []string{"add", "--wait", apkWait, "--virtual", w.virtual}
	if s.cache != "" {
		args = append(args, "--cache-dir", s.cache)
	}
	err := quoting.run(ctx, "apk", append(args, w.packages...)...)
	if err == nil || ctx.Err() != nil {
		return err
	}
	if known := dependencyError(strings.Split(said.String(), "\n"), nil); known != nil {
		return known
	}
	return fmt.Errorf("install the packages that the build depends on: %w", err)
}

// undoTime is how long removing the build's dependencies may take once the build was cancelled.
const undoTime = time.Minute

// revoke removes the packages again, also after ctx has ended. The users stay: files may belong to them.
func (s system) revoke(ctx context.Context, w wishes) error {
	if len(w.packages) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
	defer cancel()
	if err := s.run(ctx, "apk", "del", "--wait", apkWait, w.virtual); err != nil {
		return fmt.Errorf("remove the packages that the build depended on (apk del %s): %w", w.virtual, err)
	}
	return nil
}

func (s system) run(ctx context.Context, path string, args ...string) error {
	_, err := proc.Run(ctx, proc.Cmd{Path: s.prefix + path, Args: args, Dir: "/", Env: s.env, Stdout: s.log, Stderr: s.log})
	return err
}

// exitCode returns the status of a child that ended by itself.
func exitCode(err error) (int, bool) {
	var failed *proc.Error
	if errors.As(err, &failed) && failed.ExitCode > 0 {
		return failed.ExitCode, true
	}
	return 0, false
}
