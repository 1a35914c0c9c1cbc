package native

import (
	"context"
	_ "embed" // driver.sh
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/sandbox"
	"github.com/pakman/build/pkg/secret"
)

//go:embed driver.sh
var driver []byte

// session is one build: its directories, its environment and its user. The build's user can put links into the
// directories and replace those above them, and this process may be root: it opens them before the build's first command, and
// what it reads or writes there it reaches through these descriptors.
type session struct {
	job     builder.Job
	as      *builder.Account // nil: this process's own user
	dir     string           // driver, dumps and the home directory
	private *tree.Dir        // dir
	work    *tree.Dir        // job.Dir
	given   given            // the files beside the APKBUILD, as they were before the build
	box     *sandbox.Sandbox // in which all of its commands run
	env     []string         // as seen from inside
	log     io.WriteCloser
}

// Names below session.dir.
const (
	driverFile   = "driver.sh"
	metadataFile = "metadata"
	ownersFile   = "owners" // where the driver remembers owners
	homeDir      = "home"

	unstrippedFile = "unstripped" // what strip reads
	strippedFile   = "stripped"   // and writes
)

func newSession(ctx context.Context, j builder.Job, as *builder.Account) (*session, error) {
	as = j.Apart(as)
	if err := j.Enclose(as); err != nil {
		return nil, err
	}
	dir, err := j.PrivateDir("native")
	if err != nil {
		return nil, err
	}
	s := &session{job: j, as: as, dir: dir, log: secret.Redactor(j.Log, j.Secrets...)}
	if s.work, err = tree.Open(j.Dir); err != nil {
		return nil, err
	}
	if s.private, err = tree.Open(dir); err != nil {
		return nil, errors.Join(err, s.work.Close())
	}
	if s.given, err = readGiven(s.work); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.layOut(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if s.box, err = j.Sandbox(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	if text := builder.Warning(s.box); text != "" {
		s.warn("%s", text)
	}
	startdir := s.box.Inside(j.Dir)
	s.env = append(j.Environment(s.path(homeDir)),
		"startdir="+startdir, "owners="+s.path(ownersFile), "CARCH="+j.Arch, "CBUILD="+triplet(j.Arch), "CHOST="+triplet(j.Arch),
		"CTARGET="+triplet(j.Arch), "TMPDIR="+filepath.Join(startdir, "tmp"))
	return s, nil
}

// run runs a command of the build's, in a directory of the build directory.
func (s *session) run(ctx context.Context, dir, path string, args ...string) error {
	_, err := s.box.Run(ctx, proc.Cmd{
		Path: path, Args: args, Dir: s.box.Inside(filepath.Join(s.job.Dir, dir)), Env: s.env, Stdout: s.log, Stderr: s.log,
		Credential: s.as.Credential(),
	})
	return err
}

const everybodyReads = 0o644

// layOut makes the directories and files of the build and gives them to its user.
func (s *session) layOut(ctx context.Context) error {
	const dirMode = 0o755
	dirs := []string{filepath.Join(s.dir, homeDir)}
	for _, name := range []string{"src", "pkg", "tmp"} {
		dirs = append(dirs, filepath.Join(s.job.Dir, name))
	}
	owned := []string{s.dir, s.job.Dir}
	if s.job.CacheDir != "" {
		owned = append(owned, s.job.CacheDir)
	}
	for _, d := range append(dirs, owned...) {
		if err := os.MkdirAll(d, dirMode); err != nil {
			return err
		}
	}
	err := errors.Join(s.private.WriteFile(driverFile, driver, everybodyReads), s.private.WriteFile(ownersFile, nil, everybodyReads))
	if err != nil {
		return err
	}
	if err := s.job.Configure(filepath.Join(s.dir, homeDir)); err != nil {
		return err
	}
	if err := errors.Join(s.as.Own(owned...), s.job.Fix(s.as)); err != nil {
		return err
	}
	return s.as.Reach(ctx, owned...)
}

// close writes the log's last held back bytes and lets go of the directories.
func (s *session) close() error {
	return errors.Join(s.log.Close(), s.private.Close(), s.work.Close())
}

// emptyFile makes a file of the session's own that the build's user writes to.
func (s *session) emptyFile(name string) error {
	f, err := s.private.Renew(name, everybodyReads)
	if err != nil {
		return err
	}
	return errors.Join(s.as.OwnFile(f), f.Close())
}

// installed opens what package() or a split function made: a real directory, below the build directory.
func (s *session) installed(name string) (*tree.Dir, error) { return s.work.Sub("pkg/" + name) }

func (s *session) progress(stage string) {
	if s.job.Progress != nil {
		// What the redactor held back, as a secret can begin with it, belongs to the stage before.
		_ = s.log.Close()
		s.job.Progress(stage)
	}
}

func (s *session) warn(format string, args ...any) {
	fmt.Fprintf(s.log, ">>> WARNING: "+format+"\n", args...)
}

// lookPath looks a command up as the build's shell will.
func (s *session) lookPath(command string) bool {
	for _, variable := range s.env {
		if path, ok := strings.CutPrefix(variable, "PATH="); ok {
			return onPath(s.job.Root, path, command)
		}
	}
	return false
}

// onPath reports whether a command is on that PATH of a root, or of the machine if root is empty. Links in a root lead from that root
// on, and are not followed.
func onPath(root, path, command string) bool {
	return slices.ContainsFunc(filepath.SplitList(path), func(dir string) bool {
		if root == "" {
			_, err := exec.LookPath(filepath.Join(dir, command))
			return err == nil
		}
		info, err := os.Lstat(filepath.Join(root, dir, command)) //nolint:forbidigo // the root, which builds only read
		return err == nil && !info.IsDir()
	})
}

// triplet returns the compiler's name of an architecture.
func triplet(arch string) string {
	special := map[string]string{
		"armhf": "armv6-alpine-linux-musleabihf", "armv7": "armv7-alpine-linux-musleabihf",
		"ppc64le": "powerpc64le-alpine-linux-musl", "x86": "i586-alpine-linux-musl",
	}
	if t, ok := special[arch]; ok {
		return t
	}
	return arch + "-alpine-linux-musl"
}
