// Package sandbox runs the commands of a build so that they see of the machine what a build needs
// and nothing else, and leave no process behind. It takes the strongest means that the system
// grants: namespaces (Linux, as root with CAP_SYS_ADMIN or by a user namespace), else Landlock,
// else none. docs/isolation.md says what each of them guarantees.
package sandbox

import (
	"context"
	"errors"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/proc"
)

// Seen is where a build sees its workspace, whatever the workspace's real name: what a build writes
// down of its place is the same every time.
const Seen = "/tmp/pakman"

// Policy is what a build may see.
type Policy struct {
	// Hide are directories that are empty for the build and files that cannot be read. Those that do
	// not exist are skipped.
	Hide []string
	// Show are directories and files below those of Hide that can be read. Of a hidden and a
	// shown path the longer one counts.
	Show []string
	// Write are directories and files that the build reads and writes; nothing else can be written.
	Write []string
	// Fixed are files among those that the build could write. In namespaces they, and the directories above them as far as the
	// build writes there, cannot be written, moved or replaced; elsewhere somebody has to look afterwards.
	Fixed []string
	// Workspace is what the build writes to, beside Write. With namespaces it is seen at Seen,
	// in a /tmp that the build has for itself.
	Workspace string
	// Root is a directory of the workspace that the command sees as /, with the machine, as the rest of the policy shows it, at
	// Machine. Empty: the command sees the machine. It needs namespaces.
	Root string
	// System is a directory of another system that the command sees in place of the machine, of which there is nothing but what Show
	// and Write name. It is not written to. Empty: the command sees the machine. It needs namespaces.
	System string
	// Offline cuts the network: nothing is left but a loopback of the build's own.
	Offline bool
}

// Machine is where a command with a root directory of its own sees the machine.
const Machine = "/.machine"

// ErrRoot means that this system does not let a command have a root directory of its own.
var ErrRoot = errors.New("a root directory of its own needs namespaces: as root with CAP_SYS_ADMIN, or as a user where user namespaces " +
	"are allowed (not in Docker's default container)")

// ErrNetwork means that this system does not let the network be cut.
var ErrNetwork = errors.New("the network can only be cut where this process may make network namespaces: " +
	"as root with CAP_SYS_ADMIN, or as a user where user namespaces are allowed (not in Docker's default container)")

// Sandbox runs the commands of one build.
type Sandbox struct {
	policy    Policy // without links
	means     Means
	workspace string // as the caller names it
}

// Means is how a sandbox is made.
type Means string

// The means, the strongest first.
const (
	Namespaces Means = "namespaces"
	Landlock   Means = "landlock"
	None       Means = "none"
)

// New makes the strongest sandbox that this system grants. The error is ErrNetwork, ErrRoot, or one of the
// file system's.
func New(p Policy) (*Sandbox, error) {
	if p.Offline && !CanCutNetwork() {
		return nil, ErrNetwork
	}
	if (p.Root != "" || p.System != "") && Available() != Namespaces {
		return nil, ErrRoot
	}
	s := &Sandbox{policy: p, means: Available(), workspace: filepath.Clean(p.Workspace)}
	s.policy.Hide, s.policy.Show, s.policy.Write, s.policy.Fixed = real(p.Hide), real(p.Show), real(p.Write), real(p.Fixed)
	hidden := func(path string) bool { return slices.Contains(s.policy.Hide, path) }
	s.policy.Show, s.policy.Write = slices.DeleteFunc(s.policy.Show, hidden), slices.DeleteFunc(s.policy.Write, hidden)
	if p.Workspace == "" {
		return s, nil
	}
	if p.Root != "" {
		s.policy.Root = Seen + strings.TrimPrefix(filepath.Clean(p.Root), s.workspace)
	}
	var err error
	s.policy.Workspace, err = filepath.EvalSymlinks(p.Workspace)
	if err == nil && s.means == Namespaces {
		err = makeTemporary(s.policy.Workspace)
	}
	return s, err
}

// Means returns how the sandbox is made.
func (s *Sandbox) Means() Means { return s.means }

// Gaps returns what stays open to the build on this system.
func (s *Sandbox) Gaps() []Gap { return Gaps(s.policy.Offline) }

// Inside returns the path at which the build sees a file or directory of its workspace.
func (s *Sandbox) Inside(path string) string {
	if s.policy.Workspace == "" || s.means != Namespaces || !below(path, s.workspace) {
		return path
	}
	return Seen + strings.TrimPrefix(path, s.workspace)
}

// Run runs c inside, as proc.Run does; c's directory and arguments are named as they are seen there. Whatever
// the command left running is killed, also what made a session of its own.
func (s *Sandbox) Run(ctx context.Context, c proc.Cmd) ([]byte, error) {
	return s.run(ctx, c)
}

// real resolves links and leaves out what does not exist.
func real(paths []string) []string {
	var out []string
	for _, path := range paths {
		if !filepath.IsAbs(path) {
			continue
		}
		if resolved, err := filepath.EvalSymlinks(path); err == nil && resolved != "/" {
			out = append(out, resolved)
		}
	}
	return out
}

// below reports whether path is dir or lies in it.
func below(path, dir string) bool {
	rest, ok := strings.CutPrefix(path, strings.TrimSuffix(dir, "/"))
	return ok && (rest == "" || rest[0] == '/')
}
