// Package source looks at the application's checkout: what git knows of it, and a clean copy of it for the build.
package source

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/source/version"
)

// Facts is what git and the environment tell of a checkout. The zero value is a directory outside git.
type Facts struct {
	Repository   string    // owner/name or name, from GITHUB_REPOSITORY or the remote's URL; else empty
	Subdirectory string    // slash path of the directory below the checkout's root; empty at the root
	Commit       string    // full hash, empty outside git
	Dirty        bool      // uncommitted changes of tracked files below the directory
	Tag          string    // the tag being built, else the reachable one of the highest version, as written
	Tagged       bool      // Tag is the tag that the run was started for
	OddTag       string    // the tag that the run was started for, where it names no version
	Distance     int       // commits since Tag
	Time         time.Time // the commit's time; outside git the newest file's, never now
	Shallow      bool      // history is cut, so Tag and Distance may be wrong
	RemoteURL    string    // https form (http where the remote is http), without credentials
}

// Inspect reads the facts of the checkout that holds dir. getenv is the process's environment: git is
// looked for on its PATH, and GITHUB_REPOSITORY, GITHUB_REF_TYPE, GITHUB_REF_NAME, GITHUB_SHA and
// GITHUB_SERVER_URL are taken as GitHub documents them. What lies in outputs, directories that are written to, does
// not count.
func Inspect(ctx context.Context, dir string, getenv func(string) string, outputs ...string) (Facts, error) {
	dir, err := resolve(dir)
	if err != nil {
		return Facts{}, err
	}
	g, err := findGit(ctx, getenv)
	if err != nil {
		return Facts{}, err
	}
	r, err := g.find(ctx, dir)
	if err != nil {
		return Facts{}, err
	}
	defer r.close()
	var f Facts
	if r != nil {
		if f, err = r.facts(ctx, dir); err != nil {
			return Facts{}, err
		}
	}
	f.fromEnvironment(dir, getenv)
	if f.Tag == "" && f.Commit != "" && r != nil {
		if err := r.tag(ctx, dir, &f); err != nil {
			return Facts{}, err
		}
	}
	if f.Commit == "" {
		f.Commit = getenv("GITHUB_SHA") // a checkout without its .git
	}
	if f.Time.IsZero() {
		f.Time, err = newest(ctx, r, dir, inside(dir, outputs...))
	}
	return f, err
}

// fromEnvironment adds what GitHub says of the run: the repository, and the tag being built.
func (f *Facts) fromEnvironment(dir string, getenv func(string) string) {
	if name := getenv("GITHUB_REPOSITORY"); name != "" {
		f.Repository = name
		if server := getenv("GITHUB_SERVER_URL"); server != "" && f.RemoteURL == "" {
			_, f.RemoteURL = parseRemote(server + "/" + name)
		}
	}
	if getenv("GITHUB_REF_TYPE") == "tag" {
		t, ok := version.ParseTag(getenv("GITHUB_REF_NAME"))
		switch {
		case !ok:
			f.OddTag = getenv("GITHUB_REF_NAME")
		case !newPlace(dir, f).foreign(t):
			f.Tag, f.Tagged = t.Name, true
		}
	}
}

// resolve returns the directory's real path, as git names it.
func resolve(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(dir)
}

// newest returns the newest modification time of the files that would be copied. Repositories that
// earlier builds left in the directory do not count: the same sources keep their time.
func newest(ctx context.Context, r *repository, dir string, outputs []string) (time.Time, error) {
	entries, err := list(ctx, r, dir, nil, outputs)
	if err != nil {
		return time.Time{}, err
	}
	var output []string
	for _, e := range entries {
		if root, ok := repositoryRoot(e.path); ok {
			output = append(output, root)
		}
	}
	found := time.Unix(0, 0)
	for _, e := range entries {
		if e.dir || below(e.path, output) {
			continue
		}
		info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(e.path)))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		if info.ModTime().After(found) {
			found = info.ModTime()
		}
	}
	return found, nil
}

// repositoryRoot returns the repository whose index name is: ROOT/<branch>/<repository>/<arch>/APKINDEX.tar.gz.
// A repository in the very directory of the application is taken for its branch alone.
func repositoryRoot(name string) (string, bool) {
	parts := strings.Split(name, "/")
	if len(parts) < 4 || parts[len(parts)-1] != apk.IndexName {
		return "", false
	}
	return strings.Join(parts[:max(1, len(parts)-4)], "/"), true
}

// below reports whether name is, or lies in, one of the directories.
func below(name string, dirs []string) bool {
	for _, dir := range dirs {
		if name == dir || strings.HasPrefix(name, dir+"/") {
			return true
		}
	}
	return false
}
