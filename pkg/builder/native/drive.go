package native

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/secret"
)

// topLevel is the function of what stands outside functions.
const topLevel = "APKBUILD"

// function is what a phase of driver.sh runs.
func function(phase string, args []string) string {
	switch phase {
	case "load":
		return topLevel
	case "split":
		return splitFunction(args[0])
	}
	return phase
}

// path is the path at which the build sees a file of the session's own.
func (s *session) path(name string) string { return s.box.Inside(filepath.Join(s.dir, name)) }

// load reads the APKBUILD's metadata.
func (s *session) load(ctx context.Context) (*metadata, error) {
	if _, err := s.build.Stat("APKBUILD"); err != nil {
		return nil, fmt.Errorf("%s: %w", s.job.Dir, err)
	}
	m, err := s.drive(ctx, "load")
	if err != nil || m.get("maintainer") != "" {
		return m, err
	}
	text, err := s.build.ReadFile("APKBUILD")
	if match := maintainerComment.FindSubmatch(text); match != nil {
		m.vars["maintainer"] = string(match[1])
	}
	return m, err
}

// maintainerComment is where APKBUILDs name the maintainer who have no maintainer=.
var maintainerComment = regexp.MustCompile(`(?m)^# *Maintainer: (.*)$`)

// runPhase runs one of the APKBUILD's functions. What package() changed replaces what was read before.
func (s *session) runPhase(ctx context.Context, m *metadata, phase string) error {
	changed, err := s.drive(ctx, phase)
	if err != nil {
		return err
	}
	if phase == "package" {
		m.merge(changed)
	}
	return nil
}

// runSplit runs the split function of the entry of subpackages= and returns the variables it set.
func (s *session) runSplit(ctx context.Context, m *metadata, entry string) (*metadata, error) {
	changed, err := s.drive(ctx, "split", entry)
	if err != nil {
		return nil, err
	}
	return m.with(changed), nil
}

// drive runs driver.sh and reads the metadata that it wrote.
func (s *session) drive(ctx context.Context, phase string, args ...string) (*metadata, error) {
	if err := s.private.Remove(metadataFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	err := s.run(ctx, ".", "/bin/sh", append([]string{s.path(driverFile), phase, s.path(metadataFile)}, args...)...)
	if err != nil {
		return nil, s.failure(ctx, function(phase, args), err)
	}
	text, err := s.private.ReadFile(metadataFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, builder.Refuse("%s ended the shell with exit 0, so what follows in it was not run: use return", function(phase, args))
	}
	if err != nil {
		return nil, err
	}
	return parseMetadata(text), nil
}

// failure turns a failed child into an error for its user.
func (s *session) failure(ctx context.Context, function string, err error) error {
	var failed *proc.Error
	if ctx.Err() != nil || !errors.As(err, &failed) {
		return err
	}
	if failed.ExitCode < 0 {
		return fmt.Errorf("%s: %w", function, failed.Err)
	}
	tail := secret.Redact(strings.Join(failed.Tail, "\n"), s.job.Secrets...)
	e := &builder.CommandError{Function: function, ExitCode: failed.ExitCode, Tail: strings.Split(tail, "\n")}
	if function == topLevel {
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
