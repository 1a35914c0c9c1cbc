package abuild

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/atomicfile"
)

// Machine is the Alpine system that the program runs on.
type Machine struct {
	Root     string              // its root directory; empty: /
	ApkCache string              // where apk keeps what it downloads; empty: nowhere
	Outer    func(string) string // this process's environment, for PATH and proxies
	Log      io.Writer           // what apk says
}

// Below a machine's root.
const (
	releaseFile      = "etc/alpine-release"
	repositoriesFile = "etc/apk/repositories"
)

// oldest is the first release that an Alpine of today can be brought to: on the way to those before it apk removes /bin/sh before
// the triggers run.
const oldest = "v3.17"

// CheckAge refuses a branch that is too old for Switch.
func CheckAge(branch string) error {
	var least, number int
	if _, err := fmt.Sscanf(oldest, "v3.%d", &least); err != nil {
		return err
	}
	if _, err := fmt.Sscanf(branch, "v3.%d", &number); err == nil && number < least { // edge has no number
		return fmt.Errorf("%s is too old: the builder abuild can be brought to edge, %s and newer releases", branch, oldest)
	}
	return nil
}

// releaseForm is what /etc/alpine-release holds: 3.24.1 of a release, 3.25.0_alpha20260127 of edge.
var releaseForm = regexp.MustCompile(`^([0-9]+\.[0-9]+)(?:\.[0-9]+)?(_[a-z]+[0-9]*)?$`)

// Branch returns the branch of Alpine's repositories that the machine was installed from: v3.24, edge. It is empty where the
// machine is no Alpine.
func (m Machine) Branch() (string, error) {
	text, err := os.ReadFile(m.path(releaseFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	found := releaseForm.FindStringSubmatch(strings.TrimSpace(string(text)))
	switch {
	case found == nil:
		return "", nil // of a system that was derived from Alpine
	case strings.HasPrefix(found[2], "_alpha"), strings.HasPrefix(found[2], "_git"):
		return "edge", nil
	}
	return "v" + found[1], nil
}

// everybody reads the list of repositories.
var everybody = atomicfile.Options{Mode: 0o644}

// Switch brings the machine to that branch: its repositories become the branch's main and community, and every package
// becomes the branch's, newer or older. Where that fails before a package was changed, the repositories stay as they were.
func (m Machine) Switch(ctx context.Context, branch string) error {
	name := m.path(repositoriesFile)
	before, err := os.ReadFile(name) //#nosec G304 -- apk's own file
	if err != nil {
		return fmt.Errorf("the repositories of this Alpine: %w", err)
	}
	after, err := switched(string(before), branch)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	was, err := m.Branch()
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(name, []byte(after), everybody); err != nil {
		return err
	}
	args := []string{"upgrade", "--available", "--update-cache", "--wait", apkWait}
	if m.ApkCache != "" {
		args = append(args, "--cache-dir", m.ApkCache)
	}
	if m.Root != "" {
		args = append(args, "--root", m.Root)
	}
	sys := system{env: builder.Job{Run: builder.Run{Outer: m.Outer}}.Environment("/"), log: m.Log}
	failed := sys.run(ctx, "apk", args...)
	now, err := m.Branch()
	switch {
	case failed != nil && now == was:
		return errors.Join(fmt.Errorf("switch this Alpine to %s (is it a release, and can its repositories be reached?): %w", branch,
			failed), atomicfile.WriteBytes(name, before, everybody))
	case failed != nil:
		return fmt.Errorf("switch this Alpine to %s: it stopped halfway, and this system is now a mix of two releases: %w", branch, failed)
	case err == nil && now != branch:
		return fmt.Errorf("apk upgrade --available has left this Alpine at %s, and %s is wanted: see which packages /etc/apk/world pins",
			now, branch)
	}
	return err
}

func (m Machine) path(name string) string { return filepath.Join("/", m.Root, name) }

// alpineLine is a line of /etc/apk/repositories that names a repository of Alpine's: mirror, branch, repository.
var alpineLine = regexp.MustCompile(`^\s*([^\s#]*/)(v[0-9]+\.[0-9]+|edge|latest-stable)/(main|community|testing)/?\s*$`)

// switched returns the text of /etc/apk/repositories with main and community of that branch, from the mirror that is named
// first, in place of Alpine's repositories of other branches. Other repositories stay, and so do tagged ones: they are
// used only for what is asked from them.
func switched(text, branch string) (string, error) {
	var mirror string
	var others []string
	for line := range strings.Lines(text) {
		found := alpineLine.FindStringSubmatch(line)
		switch {
		case found == nil:
			others = append(others, strings.TrimRight(line, "\n"))
		case mirror == "":
			mirror = found[1]
		}
	}
	if mirror == "" {
		return "", errors.New(
			"no line names a repository of Alpine's, such as https://dl-cdn.alpinelinux.org/alpine/v3.24/main, so where its mirror is " +
				"is not known")
	}
	lines := slices.Concat([]string{mirror + branch + "/main", mirror + branch + "/community"}, others)
	return strings.Join(lines, "\n") + "\n", nil
}
