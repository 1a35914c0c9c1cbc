package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pakman/build/pkg/proc"
)

// git runs the machine's git. Nil: there is none.
type git struct {
	path string
	env  []string
}

// passed are the variables that git needs to find the user's own configuration, and where to stop looking
// for a checkout. Nothing else of the environment reaches it.
var passed = []string{"PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CEILING_DIRECTORIES"}

// quiet keeps git from running programs that the checkout's configuration names, and lets it read checkouts of
// other users: in a container the workspace has another owner.
var quiet = []string{
	"--no-pager", "-c", "safe.directory=*", "-c", "core.fsmonitor=false",
	"-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false",
}

// findGit looks for git on getenv's PATH.
func findGit(getenv func(string) string) *git {
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		name := filepath.Join(dir, "git")
		info, err := os.Stat(name)
		if err != nil || !filepath.IsAbs(name) || info.IsDir() || info.Mode()&0o111 == 0 {
			continue
		}
		g := &git{path: name, env: []string{"LC_ALL=C", "TZ=UTC", "GIT_TERMINAL_PROMPT=0", "GIT_OPTIONAL_LOCKS=0"}}
		for _, key := range passed {
			if value := getenv(key); value != "" {
				g.env = append(g.env, key+"="+value)
			}
		}
		return g
	}
	return nil
}

// run returns what git wrote to stdout.
func (g *git) run(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := proc.Run(ctx, proc.Cmd{Path: g.path, Args: append(quiet[:len(quiet):len(quiet)], args...), Dir: dir, Env: g.env})
	if err != nil {
		return "", fmt.Errorf("asking git about %s: %w", dir, err)
	}
	return string(out), nil
}

// line is run for one line of output.
func (g *git) line(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := g.run(ctx, dir, args...)
	return strings.TrimSuffix(out, "\n"), err
}

// ask is line for questions to which git's exit code 1 means no.
func (g *git) ask(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := g.line(ctx, dir, args...)
	var failed *proc.Error
	if errors.As(err, &failed) && failed.ExitCode == 1 {
		return "", nil
	}
	return out, err
}

// records is run for output whose records end in NUL.
func (g *git) records(ctx context.Context, dir string, args ...string) ([]string, error) {
	out, err := g.run(ctx, dir, args...)
	if err != nil || out == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), nil
}

// holds reports whether dir lies in a checkout that knows it: a directory that the checkout ignores is
// none of its own.
func (g *git) holds(ctx context.Context, dir string) (bool, error) {
	if g == nil {
		return false, nil
	}
	inside, err := g.line(ctx, dir, "rev-parse", "--is-inside-work-tree")
	var failed *proc.Error
	if errors.As(err, &failed) && strings.Contains(strings.Join(failed.Tail, "\n"), "not a git repository") {
		return false, nil
	}
	if err != nil || inside != "true" {
		return false, err
	}
	ignored, err := g.ask(ctx, dir, "check-ignore", "--", dir)
	if err != nil || ignored == "" {
		return true, err
	}
	files, err := g.records(ctx, dir, "ls-files", "-z")
	return len(files) > 0, err
}

// facts reads what git knows, but for the tag. A checkout without a commit has no hash and no time.
func (g *git) facts(ctx context.Context, dir string) (f Facts, err error) {
	prefix, err := g.line(ctx, dir, "rev-parse", "--show-prefix")
	if err != nil {
		return f, err
	}
	f.Subdirectory = strings.TrimSuffix(prefix, "/")
	remotes, err := g.ask(ctx, dir, "config", "-z", "--get-regexp", `^remote\..*\.url$`)
	if err != nil {
		return f, err
	}
	f.Repository, f.RemoteURL = parseRemotes(remotes)
	if f.Commit, err = g.ask(ctx, dir, "rev-parse", "--verify", "--quiet", "HEAD^{commit}"); err != nil || f.Commit == "" {
		return f, err
	}
	shallow, err := g.line(ctx, dir, "rev-parse", "--is-shallow-repository")
	if err != nil {
		return f, err
	}
	f.Shallow = shallow == "true"
	seconds, err := g.line(ctx, dir, "log", "-1", "--format=%ct", f.Commit)
	if err != nil {
		return f, err
	}
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return f, fmt.Errorf("the time of commit %s: %w", f.Commit, err)
	}
	f.Time = time.Unix(n, 0)
	// Untracked files do not count, as in `git describe --dirty`: a build's own output would be among them.
	changed, err := g.run(ctx, dir, "status", "--porcelain", "-z", "--untracked-files=no", "--", ".")
	f.Dirty = changed != ""
	return f, err
}
