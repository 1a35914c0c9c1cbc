package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/diff"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/secret"
)

// SecondBuild describes how to start this program again for a second build in its own process. The command
// SecondBuildCommand must read the options with ReadBuildOptions and build.
type SecondBuild struct {
	Path    string   // of the program
	Environ []string // of this process
}

// SecondBuildCommand is the hidden command with which SecondBuild.Path is started.
const SecondBuildCommand = "build-again"

// circumstancesOfSecond are variables that reach this program, not the build: its environment is fixed. They
// stand after those of the process, and the last one counts.
var circumstancesOfSecond = []string{"TZ=Asia/Tokyo", "LANG=tr_TR.UTF-8", "LC_ALL=tr_TR.UTF-8", "GOMAXPROCS=1"}

const otherCircumstances = "in another directory, time zone, locale and umask, with one processor and without caches"

// IrreproducibleError is a second build of the same that made a different package.
type IrreproducibleError struct {
	Package     string            // file name
	Differences []diff.Difference // of the content, else of the files
}

func (e *IrreproducibleError) Error() string {
	const shown = 10
	var b strings.Builder
	fmt.Fprintf(&b, "%s is not reproducible: a second build, %s, made a different package", e.Package, otherCircumstances)
	for _, d := range e.Differences[:min(shown, len(e.Differences))] {
		b.WriteString("\n  " + d.String())
	}
	if n := len(e.Differences) - shown; n > 0 {
		fmt.Fprintf(&b, "\n  and %d more differences", n)
	}
	return b.String()
}

// second returns the options of a second build of what was built in workDir.
func (o BuildOptions) second(made []*built, with toolset, workDir string) BuildOptions {
	o.Outputs = append(o.outputs(), workDir) // which the second build must not reach
	o.Dirs = nil
	for _, b := range made {
		o.Dirs = append(o.Dirs, b.plan.Dir)
	}
	o.Arch, o.Builder = with.arch, with.builder.Name()
	return o
}

// reproduce builds the applications again in a varied environment and compares the packages.
func reproduce(ctx context.Context, second BuildOptions, made []*built, keys []*apk.PrivateKey, work *workspace,
	out console.Console) error {
	dir := filepath.Join(work.dir, "a second place", "again") // deeper, and with a space
	for _, d := range []string{filepath.Dir(dir), dir} {
		if err := errors.Join(os.Mkdir(d, 0o711), os.Chmod(d, 0o711)); err != nil { //#nosec G301,G302 -- the build's user passes through
			return err
		}
	}
	second.Output = filepath.Join(dir, "packages")
	if err := buildAgain(ctx, second, dir, out); err != nil {
		return err
	}
	var found []error
	for _, b := range made {
		for _, file := range b.packages {
			found = append(found, compare(ctx, file, second.Output, keys))
		}
	}
	return errors.Join(found...)
}

// buildAgain runs the program again: on one processor, with another umask, environment and temporary directory.
func buildAgain(ctx context.Context, o BuildOptions, dir string, out console.Console) error {
	options, err := json.Marshal(o)
	if err != nil {
		return err
	}
	prefixed := console.NewPrefixed(out, "again")
	log := secret.Redactor(prefixed, o.Secrets...)
	err = onOneProcessor(func() error {
		_, err := proc.Run(ctx, proc.Cmd{
			Path: "/bin/sh", Args: []string{"-c", `umask 077; exec "$0" "$@"`, o.SecondBuild.Path, SecondBuildCommand},
			Env: slices.Concat(o.SecondBuild.Environ, circumstancesOfSecond, []string{"TMPDIR=" + dir}),
			// The options come this way, as arguments can be seen by others.
			Stdin: bytes.NewReader(options), Stdout: log, Stderr: log,
		})
		return err
	})
	if closed := errors.Join(log.Close(), prefixed.Close()); err == nil {
		return closed
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if child, ok := errors.AsType[*proc.Error](err); ok {
		err = child.Err // its output was shown
	}
	return fmt.Errorf("the second build, %s, failed: %w", otherCircumstances, err)
}

// ReadBuildOptions reads what a build that is run again is told. Nothing in it is secret, and nothing is published.
func ReadBuildOptions(r io.Reader, getenv func(string) string) (BuildOptions, error) {
	var o BuildOptions
	err := json.NewDecoder(r).Decode(&o)
	o.Getenv = getenv
	return o, err
}

// compare compares a package with the one of its name below dir, once this one has the same signatures.
func compare(ctx context.Context, file, dir string, keys []*apk.PrivateKey) error {
	name := filepath.Base(file)
	again, err := filepath.Glob(filepath.Join(dir, "*", "*", "*", name))
	if err != nil {
		return err
	}
	if len(again) == 0 {
		return fmt.Errorf("%s is not reproducible: a second build did not make it", name)
	}
	second := filepath.Join(dir, name)
	if err := apk.SignFile(ctx, second, again[0], keys...); err != nil {
		return err
	}
	a, errA := apk.ReadFile(file)
	b, errB := apk.ReadFile(second)
	if err := errors.Join(errA, errB); err != nil || a.SHA256 == b.SHA256 {
		return err
	}
	differences, err := diff.Files(ctx, file, second, diff.Options{})
	if err == nil && len(differences) == 0 {
		differences, err = diff.Files(ctx, file, second, diff.Options{All: true})
	}
	if err != nil {
		return err
	}
	return &IrreproducibleError{Package: name, Differences: differences}
}
