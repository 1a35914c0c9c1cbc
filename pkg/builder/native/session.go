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
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/secret"
)

//go:embed driver.sh
var driver []byte

// session is one build: its directories, its environment and its user.
type session struct {
	job    builder.Job
	as     *builder.Account // nil: this process's own user
	dir    string           // driver, dumps and the home directory
	owners string           // the file in which the driver remembers owners
	env    []string
	log    io.WriteCloser
}

func newSession(ctx context.Context, j builder.Job, user string) (*session, error) {
	as, err := builder.FindAccount(user, "pakman", "nobody")
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(j.TempDir, "native-")
	if err != nil {
		return nil, err
	}
	s := &session{job: j, as: as, dir: dir, owners: filepath.Join(dir, "owners"), log: secret.Redactor(j.Log, j.Secrets...)}
	home := filepath.Join(dir, "home")
	for _, d := range []string{home, filepath.Join(j.Dir, "src"), filepath.Join(j.Dir, "pkg"), filepath.Join(j.Dir, "tmp")} {
		if err := os.MkdirAll(d, 0o755); err != nil { //#nosec G301 -- nothing secret
			return nil, err
		}
	}
	if j.CacheDir != "" {
		if err := os.MkdirAll(j.CacheDir, 0o755); err != nil { //#nosec G301 -- likewise
			return nil, err
		}
	}
	if err := errors.Join(os.WriteFile(s.driver(), driver, 0o644), os.WriteFile(s.owners, nil, 0o644)); err != nil { //#nosec G306 -- the build's user reads them
		return nil, err
	}
	if err := as.Own(dir, j.Dir, j.CacheDir); err != nil {
		return nil, err
	}
	reached := []string{dir, j.Dir}
	if j.CacheDir != "" {
		reached = append(reached, j.CacheDir)
	}
	if err := as.Reach(ctx, reached...); err != nil {
		return nil, err
	}
	s.env = append(j.Environment(home),
		"startdir="+j.Dir, "owners="+s.owners, "CARCH="+j.Arch, "CBUILD="+triplet(j.Arch), "CHOST="+triplet(j.Arch),
		"CTARGET="+triplet(j.Arch), "TMPDIR="+filepath.Join(j.Dir, "tmp"))
	return s, nil
}

func (s *session) close() { _ = s.log.Close() } // the log's last held back bytes; its writer has no more to say

func (s *session) driver() string { return filepath.Join(s.dir, "driver.sh") }

func (s *session) pkgdir(name string) string { return filepath.Join(s.job.Dir, "pkg", name) }

func (s *session) progress(stage string) {
	if s.job.Progress != nil {
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
			for _, dir := range filepath.SplitList(path) {
				if _, err := exec.LookPath(filepath.Join(dir, command)); err == nil {
					return true
				}
			}
		}
	}
	return false
}

// load reads the APKBUILD's metadata.
func (s *session) load(ctx context.Context) (*metadata, error) {
	if _, err := os.Stat(filepath.Join(s.job.Dir, "APKBUILD")); err != nil {
		return nil, err
	}
	return s.drive(ctx, "load")
}

// run runs one of the APKBUILD's functions. What package() changed replaces what was read before.
func (s *session) run(ctx context.Context, m *metadata, phase string) error {
	changed, err := s.drive(ctx, phase)
	if err != nil {
		return err
	}
	if phase == "package" {
		m.merge(changed)
	}
	return nil
}

// runSplit runs the split function of the entry of subpackages= and gives the variables it set.
func (s *session) runSplit(ctx context.Context, m *metadata, entry string) (*metadata, error) {
	changed, err := s.drive(ctx, "split", entry)
	if err != nil {
		return nil, err
	}
	return m.with(changed), nil
}

// drive runs driver.sh and reads the metadata that it wrote.
func (s *session) drive(ctx context.Context, phase string, args ...string) (*metadata, error) {
	out := filepath.Join(s.dir, "metadata")
	_, err := proc.Run(ctx, proc.Cmd{
		Path: "/bin/sh", Args: append([]string{s.driver(), phase, out}, args...), Dir: s.job.Dir, Env: s.env,
		Stdout: s.log, Stderr: s.log, Credential: s.as.Credential(),
	})
	if err != nil {
		return nil, s.failure(ctx, phase, err)
	}
	text, err := os.ReadFile(out) //#nosec G304 -- a path of our own
	if err != nil {
		return nil, err
	}
	return parseMetadata(text), nil
}

// failure turns a failed child into an error for its user.
func (s *session) failure(ctx context.Context, phase string, err error) error {
	var failed *proc.Error
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	if failed.ExitCode < 0 {
		return fmt.Errorf("%s: %w", phase, failed.Err)
	}
	tail := secret.Redact(strings.Join(failed.Tail, "\n"), s.job.Secrets...)
	e := &builder.CommandError{Function: phase, ExitCode: failed.ExitCode, Tail: strings.Split(tail, "\n")}
	if phase == "load" {
		return &builder.RefusedError{What: "the APKBUILD cannot be read: " + tail}
	}
	if failed.ExitCode == exitNotFound {
		e.Missing = notFound(failed.Tail)
	}
	return e
}

// exitNotFound is a shell's exit code for a command that is not there.
const exitNotFound = 127

// notFoundLine is the shell's message. dash says the second where a directory of PATH is closed to
// the build's user.
var notFoundLine = regexp.MustCompile(`([^\s:]+): (?:(?:command )?not found|Permission denied)$`)

// notFound reads the command's name off the shell's message.
func notFound(tail []string) string {
	for i := len(tail) - 1; i >= 0; i-- {
		if match := notFoundLine.FindStringSubmatch(strings.TrimSpace(tail[i])); match != nil {
			return match[1]
		}
	}
	return ""
}

// triplet is the compiler's name of an architecture.
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
