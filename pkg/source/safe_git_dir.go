package source

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/internal/tempdir"
)

// A checkout's configuration can name programs in more ways than could be listed: filters, file system monitors, hooks,
// aliases, ssh commands, pagers, signature checks, included files. So git never reads it. It works in a git directory
// that is made for it: links to the objects, the references and the index of the real one, and a configuration with the
// few values that say how to read them.

// sharedFiles and ownFiles are what is linked to: of the repository, and of the work tree.
var (
	sharedFiles = []string{"objects", "refs", "packed-refs", "reftable", "shallow", "info/exclude", "info/attributes"}
	ownFiles    = []string{"index", "info/sparse-checkout"}
)

// makeGitDir makes the git directory below temp and returns its path.
func (c *workTree) makeGitDir(temp string, config []string) (string, error) {
	head, err := c.head()
	if err != nil {
		return "", err
	}
	shared := filepath.Join(temp, "git")
	own := shared
	if c.gitDir != c.common {
		own = filepath.Join(shared, "worktrees", "this")
	}
	for _, dir := range []string{filepath.Join(shared, "info"), filepath.Join(own, "info")} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return "", err
		}
	}
	errs := []error{link(shared, c.common, sharedFiles), link(own, c.gitDir, append(slices.Clone(ownFiles), sharedIndexes(c.gitDir)...))}
	files := map[string]string{filepath.Join(shared, "config"): strings.Join(config, ""), filepath.Join(own, "HEAD"): head}
	if own != shared {
		errs = append(errs, link(own, c.gitDir, []string{"refs", "reftable"}))
		files[filepath.Join(shared, "HEAD")] = head
		files[filepath.Join(own, "commondir")] = "../..\n"
	}
	for name, text := range files {
		errs = append(errs, os.WriteFile(name, []byte(text), 0o600))
	}
	return own, errors.Join(errs...)
}

// link makes links in dir to those of the files that are in from. git opens them, so nothing but files and
// directories is let through.
func link(dir, from string, names []string) error {
	for _, name := range names {
		target := filepath.Join(from, name)
		info, err := os.Stat(target)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			err = fmt.Errorf("%s is a %s, not a file of git's", target, apk.Kind(info.Mode()))
		}
		if err == nil {
			err = os.Symlink(target, filepath.Join(dir, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// sharedIndexes returns the files that a split index refers to.
func sharedIndexes(gitDir string) []string {
	files, _ := filepath.Glob(filepath.Join(gitDir, "sharedindex.*")) // the pattern is right
	for i := range files {
		files[i] = filepath.Base(files[i])
	}
	return files
}

// plainValue is the form of the values that are taken from a checkout's configuration.
var plainValue = regexp.MustCompile(`^[A-Za-z0-9]+$`)

// readAs are the keys that say how the index and the work tree are read. Those of format stand in every configuration.
var readAs = []string{
	"core.filemode", "core.ignorecase", "core.precomposeunicode", "core.symlinks", "core.autocrlf", "core.eol",
	"core.trustctime", "core.checkstat", "core.sparsecheckout", "core.sparsecheckoutcone",
}

// dropped are extensions of the format that only concern what is not taken over: the configuration of a work tree, and
// objects that git would fetch when it needs them.
var dropped = []string{"extensions.worktreeconfig", "extensions.partialclone", "extensions.preciousobjects", "extensions.relativeworktrees",
	"extensions.noop"}

// keepsFormat reports whether a key says how the repository is stored. git refuses a repository with an extension that it
// does not know, so an unknown one is kept.
func keepsFormat(key string) bool {
	return key == "core.repositoryformatversion" || strings.HasPrefix(key, "extensions.") && !slices.Contains(dropped, key)
}

// safeConfig returns the lines of the configuration that git gets: of the settings, which are KEY, a line break and
// VALUE, those that only say how to read.
func safeConfig(settings []string) []string {
	var lines []string
	for _, setting := range settings {
		key, value, written := strings.Cut(setting, "\n")
		if !written {
			value = "true" // as git reads a key without "="
		}
		section, name, _ := strings.Cut(key, ".")
		if (keepsFormat(key) || slices.Contains(readAs, key)) && plainValue.MatchString(value) && plainValue.MatchString(name) {
			lines = append(lines, "["+section+"]\n\t"+name+" = "+value+"\n")
		}
	}
	return lines
}

// configuration returns the settings that the checkout's own configuration holds, read as a file like any other: nothing
// in it takes effect, and no other file is included.
func (g *git) configuration(ctx context.Context, c *workTree, temp string) ([]string, error) {
	var settings []string
	for _, name := range slices.Compact([]string{filepath.Join(c.common, "config"), filepath.Join(c.gitDir, "config.worktree")}) {
		text, err := readFile(name, maxConfig)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		// git reads the text from its standard input, and names it so in messages.
		found, err := g.records(ctx, call{dir: temp, gitDir: filepath.Join(temp, "git"), stdin: text,
			args: []string{"config", "--file", "-", "--no-includes", "-z", "--list"}})
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		settings = append(settings, found...)
	}
	return settings, nil
}

// maxConfig is how many bytes a configuration of git's may have.
const maxConfig = 16 << 20

// repository is a checkout that git can be asked about.
type repository struct {
	*workTree
	git      *git
	made     string   // the git directory that was made for git, see above
	settings []string // of the checkout's configuration
	temp     *tempdir.Dir
}

// open returns the repository of a checkout. It has to be closed.
func (g *git) open(ctx context.Context, c *workTree) (r *repository, err error) {
	temp, err := tempdir.New()
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, temp.Remove())
		}
	}()
	settings, err := g.configuration(ctx, c, temp.Path)
	if err != nil {
		return nil, err
	}
	made, err := c.makeGitDir(temp.Path, safeConfig(settings))
	if err != nil {
		return nil, fmt.Errorf("reading the git checkout %s: %w", c.root, err)
	}
	return &repository{workTree: c, git: g, made: made, settings: settings, temp: temp}, nil
}

func (r *repository) close() {
	if r != nil {
		_ = r.temp.Remove() // the next run tries again
	}
}
