package abuild

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/sandbox"
	"github.com/pakman/build/pkg/secret"
)

// session is one build: its directories, its environment and what it prints.
type session struct {
	abuild   string // path of the program
	job      builder.Job
	as       *builder.Account
	home     string           // a home directory for this build alone, with the temporary key
	repodest string           // where abuild puts packages; fresh, or abuild may call a package up to date
	box      *sandbox.Sandbox // in which abuild runs
	env      []string         // as seen from inside
	monitor  *monitor

	work     *tree.Dir // job.Dir, and repodest, opened before the build's first command
	repo     *tree.Dir
	apkbuild []byte // as it was then
}

func newSession(ctx context.Context, path string, j builder.Job, as *builder.Account) (*session, error) {
	as = j.Apart(as)
	if err := j.Enclose(as); err != nil {
		return nil, err
	}
	dir, err := j.PrivateDir("abuild")
	if err != nil {
		return nil, err
	}
	s := &session{
		abuild: path, job: j, as: as, monitor: newMonitor(j.Log, j.Progress),
		home: filepath.Join(dir, "home"), repodest: filepath.Join(dir, "packages"),
	}
	if s.box, err = j.Sandbox(); err != nil {
		return nil, err
	}
	if text := builder.Warning(s.box); text != "" {
		fmt.Fprintf(s.monitor, "WARNING: %s\n", text)
	}
	if err := s.writeHome(); err != nil {
		return nil, err
	}
	if err := errors.Join(s.handOver(ctx, j.Dir, dir), j.Fix(as)); err != nil {
		return nil, err
	}
	s.env = s.environment(s.box.Inside)
	if s.repo, err = tree.Open(s.repodest); err != nil {
		return nil, err
	}
	if s.work, err = tree.Open(j.Dir); err != nil {
		return nil, errors.Join(err, s.repo.Close())
	}
	if s.apkbuild, err = s.work.ReadFile("APKBUILD", maxAPKBUILD); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// maxAPKBUILD is the size of an APKBUILD at most.
const maxAPKBUILD = 1 << 20

// checkUnchanged refuses a build that changed its APKBUILD, which abuild reads more than once. Scripts are compared as they
// were packed.
func (s *session) checkUnchanged() error {
	if text, err := s.work.ReadFile("APKBUILD", maxAPKBUILD); err != nil || !bytes.Equal(text, s.apkbuild) {
		return builder.Refuse(
			"the build changed, removed or replaced APKBUILD, which says what is in its packages: it must leave that file as it is")
	}
	return nil
}

func (s *session) close() error { return errors.Join(s.repo.Close(), s.work.Close()) }

// Below the home directory: where abuild has its configuration, and TMPDIR, as /tmp may be closed.
const (
	userDir      = ".abuild"
	temporaryDir = "tmp"
)

// writeHome makes the home directory with abuild's configuration.
func (s *session) writeHome() error {
	config := filepath.Join(s.home, userDir)
	for _, dir := range []string{config, s.repodest, filepath.Join(s.home, temporaryDir)} {
		if err := os.MkdirAll(dir, 0o755); err != nil { //#nosec G301 -- nothing secret lies in it
			return err
		}
	}
	if err := makeApkRoot(filepath.Join(s.home, apkRootDir)); err != nil {
		return err
	}
	key := filepath.Join(config, "temporary.rsa")
	if err := writeThrowawayKey(key); err != nil {
		return fmt.Errorf("make a key for abuild: %w", err)
	}
	text, err := configuration(s.box.Inside(key), s.job, s.box.Inside(s.home))
	if err != nil {
		return err
	}
	if err := s.job.Configure(s.home); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(config, "abuild.conf"), []byte(text), 0o600)
}

// handOver makes the build's user the owner of the directories that abuild writes to, and finds
// out early, and in words, when that user cannot reach them.
func (s *session) handOver(ctx context.Context, dirs ...string) error {
	if s.as == nil {
		return nil
	}
	for _, dir := range dirs {
		if err := s.as.Own(dir); err != nil {
			return err
		}
		reached, err := s.reaches(ctx, dir)
		if err != nil {
			return err
		}
		if !reached {
			return fmt.Errorf("the build runs as the user with uid %d, who cannot reach %s: a directory above it is closed to others; "+
				"set TMPDIR to one that is not", s.as.UID, dir)
		}
	}
	return s.handOverCache(ctx)
}

// handOverCache does the same for the caches, but a build is right without them.
func (s *session) handOverCache(ctx context.Context) error {
	cache := s.job.CacheDir
	if cache == "" {
		return nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil { //#nosec G301 -- the build's user reads it
		return err
	}
	reached, err := s.reaches(ctx, cache)
	if err != nil {
		return err
	}
	if !reached {
		if err := s.as.Own(cache); err != nil {
			return err
		}
		if reached, err = s.reaches(ctx, cache); err != nil {
			return err
		}
	}
	if !reached {
		s.job.CacheDir = ""
		_, err = fmt.Fprintf(s.monitor, "the build's user cannot reach the cache in %s: building without it\n", cache)
	}
	return err
}

// reaches reports whether the build's user may write to dir.
func (s *session) reaches(ctx context.Context, dir string) (bool, error) {
	_, err := proc.Run(ctx, proc.Cmd{
		Path: "/bin/sh", Args: []string{"-c", `test -w "$1"`, "sh", dir}, Dir: "/", Credential: s.as.Credential(),
	})
	if _, ended := exitCode(err); ended {
		return false, nil
	}
	return err == nil, err
}

// prepare gets the system ready and returns what undoes that and abuild's options for the build. undo is never nil. abuild is
// asked in the sandbox what it wants to have installed, and this program installs it, with the right that abuild would use.
func (s *session) prepare(ctx context.Context) (undo func() error, options []string, err error) {
	undo = func() error { return nil }
	sys := system{env: s.systemEnvironment(), log: s.monitor, cache: s.job.ApkCache}
	if s.as == nil {
		may, err := mayInstall()
		if err != nil || !may {
			return undo, nil, err
		}
		sys.prefix, sys.cache = helpers, ""
	}
	asked, err := s.box.Run(ctx, proc.Cmd{
		Path: s.abuild, Args: []string{"-m", "deps", "mkusers"}, Dir: s.box.Inside(s.job.Dir),
		Env: slices.Concat(s.env, wishEnv()), Stderr: io.Discard, Credential: s.as.Credential(),
	})
	if _, ended := exitCode(err); ended {
		return undo, []string{"-d"}, nil // the build directory is not right, which the build says better
	}
	if err != nil {
		return undo, nil, err
	}
	w, err := parseWishes(asked)
	if err != nil {
		return undo, nil, err
	}
	if err := sys.grant(ctx, w); err != nil {
		if ctx.Err() != nil { // apk may have been done, or nearly
			_ = sys.revoke(ctx, w)
		}
		return undo, nil, err
	}
	return func() error { return sys.revoke(ctx, w) }, []string{"-d"}, nil
}

// run runs abuild to the packages.
func (s *session) run(ctx context.Context, options ...string) error {
	log := secret.Redactor(s.monitor, s.job.Secrets...)
	_, err := s.box.Run(ctx, proc.Cmd{
		// Modes in packages follow the umask.
		Path: "/bin/sh", Args: append([]string{"-c", `umask 022; exec "$0" "$@"`, s.abuild, "-m"}, options...),
		Dir: s.box.Inside(s.job.Dir), Env: s.env, Stdout: log, Stderr: log, Credential: s.as.Credential(),
	})
	if closed := log.Close(); err == nil {
		return closed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	code, ended := exitCode(err)
	if !ended {
		return fmt.Errorf("run abuild: %w", errors.Unwrap(err))
	}
	return s.monitor.explain(code)
}
