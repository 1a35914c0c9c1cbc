package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pakman/build/pkg/proc"
)

// git runs the machine's git. Nil: there is none.
type git struct {
	path     string
	ceilings string   // GIT_CEILING_DIRECTORIES
	user     []string // the variables by which git finds the user's own configuration
	search   string   // PATH
	excludes string   // the user's own ignore file
}

// userVariables are the variables that git needs to find the user's own configuration. Nothing else of the environment
// reaches it.
var userVariables = []string{"HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM"}

// alone is the environment of every git: it asks for nothing, fetches nothing, writes nothing and reads no
// configuration but that of the git directory which was made for it.
var alone = []string{
	"LC_ALL=C", "TZ=UTC", "HOME=/nonexistent", "XDG_CONFIG_HOME=/nonexistent",
	"GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null", "GIT_ATTR_NOSYSTEM=1",
	"GIT_TERMINAL_PROMPT=0", "GIT_ASKPASS=/bin/false", "GIT_SSH_COMMAND=/bin/false", "GIT_ALLOW_PROTOCOL=",
	"GIT_OPTIONAL_LOCKS=0", "GIT_NO_LAZY_FETCH=1", "GIT_PAGER=cat",
}

// careful are options that forbid again what the configuration does not ask for.
var careful = []string{
	"--no-pager", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "core.attributesFile=/dev/null",
	"-c", "safe.bareRepository=explicit", "-c", "protocol.allow=never", "-c", "log.showSignature=false",
	"-c", "submodule.recurse=false", "-c", "diff.external=", "-c", "gc.auto=0", "-c", "maintenance.auto=false",
}

// Bounds of an answer of git's.
const (
	maxAnswer     = 512 << 20
	answerTimeout = 10 * time.Minute
)

// call is one question to git.
type call struct {
	dir, gitDir, workTree string
	stdin                 []byte
	args                  []string
	env                   []string // instead of alone
}

// findGit looks for git on getenv's PATH.
func findGit(ctx context.Context, getenv func(string) string) (*git, error) {
	for _, dir := range filepath.SplitList(getenv("PATH")) {
		name := filepath.Join(dir, "git")
		info, err := os.Stat(name)
		if err != nil || !filepath.IsAbs(name) || info.IsDir() || info.Mode()&0o111 == 0 {
			continue
		}
		g := &git{path: name, ceilings: getenv("GIT_CEILING_DIRECTORIES"), search: getenv("PATH")}
		for _, key := range userVariables {
			if value := getenv(key); value != "" {
				g.user = append(g.user, key+"="+value)
			}
		}
		g.excludes, err = g.findExcludes(ctx, getenv)
		return g, err
	}
	return nil, nil
}

// findExcludes returns the user's own ignore file, the only thing that is taken from the user's configuration.
func (g *git) findExcludes(ctx context.Context, getenv func(string) string) (string, error) {
	file, err := g.ask(ctx, call{
		dir: "/", gitDir: "/nonexistent", args: []string{"config", "--type=path", "--get", "core.excludesFile"},
		env: append(slices.Clip(g.user), "LC_ALL=C"),
	})
	switch {
	case err != nil || file != "":
		return file, err
	case getenv("XDG_CONFIG_HOME") != "":
		return filepath.Join(getenv("XDG_CONFIG_HOME"), "git", "ignore"), nil
	case getenv("HOME") != "":
		return filepath.Join(getenv("HOME"), ".config", "git", "ignore"), nil
	}
	return os.DevNull, nil
}

// run returns what git wrote to stdout.
func (g *git) run(ctx context.Context, c call) (string, error) {
	env := c.env
	if env == nil {
		env = alone
	}
	env = append(slices.Clip(env), "PATH="+g.search, "GIT_DIR="+c.gitDir)
	args := careful
	if c.workTree != "" {
		env = append(env, "GIT_WORK_TREE="+c.workTree)
		args = append(slices.Clip(args), "-c", "core.excludesFile="+g.excludes)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerTimeout, fmt.Errorf("git did not answer within %v", answerTimeout))
	defer cancel()
	out := &answer{}
	cmd := proc.Cmd{Path: g.path, Args: append(slices.Clip(args), c.args...), Dir: c.dir, Env: env, Stdout: out}
	if c.stdin != nil {
		cmd.Stdin = bytes.NewReader(c.stdin)
	}
	_, err := proc.Run(ctx, cmd)
	if failed, ok := errors.AsType[*proc.Error](err); ok {
		failed.Argv = append([]string{"git"}, c.args...) // without what every git is given
	}
	switch {
	case out.full:
		return "", fmt.Errorf("asking git about %s: it answers with more than %d MiB", c.dir, maxAnswer>>20)
	case ctx.Err() != nil:
		return "", fmt.Errorf("asking git about %s: %w", c.dir, context.Cause(ctx))
	case err != nil:
		return "", fmt.Errorf("asking git about %s: %w", c.dir, err)
	}
	return out.text.String(), nil
}

// answer keeps what git writes, up to maxAnswer.
type answer struct {
	text strings.Builder
	full bool
}

func (a *answer) Write(p []byte) (int, error) {
	if a.full = a.full || a.text.Len()+len(p) > maxAnswer; a.full {
		return 0, errors.New("too long an answer")
	}
	return a.text.Write(p)
}

// ask returns one line of output; git's exit code 1 means that there is none.
func (g *git) ask(ctx context.Context, c call) (string, error) {
	out, err := g.run(ctx, c)
	var failed *proc.Error
	if errors.As(err, &failed) && failed.ExitCode == 1 {
		return "", nil
	}
	return strings.TrimSuffix(out, "\n"), err
}

// records returns output whose records end in NUL.
func (g *git) records(ctx context.Context, c call) ([]string, error) {
	out, err := g.run(ctx, c)
	if err != nil || out == "" {
		return nil, err
	}
	return strings.Split(strings.TrimSuffix(out, "\x00"), "\x00"), nil
}

// call returns the git command that asks something about the checkout in dir.
func (r *repository) call(dir string, args ...string) call {
	return call{dir: dir, gitDir: r.made, workTree: r.root, args: args}
}

func (r *repository) run(ctx context.Context, dir string, args ...string) (string, error) {
	return r.git.run(ctx, r.call(dir, args...))
}

func (r *repository) ask(ctx context.Context, dir string, args ...string) (string, error) {
	return r.git.ask(ctx, r.call(dir, args...))
}

func (r *repository) records(ctx context.Context, dir string, args ...string) ([]string, error) {
	return r.git.records(ctx, r.call(dir, args...))
}
