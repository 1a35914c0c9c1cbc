package native

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/secret"
)

// topLevel is the function of what stands outside functions.
const topLevel = "APKBUILD"

// function returns what a phase of driver.sh runs.
func function(phase string, args []string) string {
	switch phase {
	case "plan":
		return topLevel
	case "split":
		return splitFunction(args[0])
	}
	return phase
}

// path returns the path at which the build sees a file of the session's own.
func (s *session) path(name string) string { return s.box.Inside(filepath.Join(s.dir, name)) }

// maxDump is how much driver.sh may write of an APKBUILD's variables.
const maxDump = 4 << 20

// runPhase runs one of the APKBUILD's functions.
func (s *session) runPhase(ctx context.Context, r *reading, phase string) error {
	text, err := s.drive(ctx, r, phase)
	if err != nil || phase != "package" {
		return err
	}
	after, err := parseDump(text)
	if err != nil {
		return err
	}
	return after.compare("package()", r.packages[0].vars)
}

// runSplit runs the split function of a subpackage.
func (s *session) runSplit(ctx context.Context, r *reading, p output) error {
	env := s.env
	for _, name := range own {
		s.env = append(s.env, "planned_"+name+"="+r.packages[0].vars.get(name))
	}
	text, err := s.drive(ctx, r, "split", r.entries[p.name])
	s.env = env
	if err != nil {
		return err
	}
	after, err := parseDump(text)
	if err != nil {
		return err
	}
	return after.compare("subpackage "+p.name+": its split function "+splitFunction(r.entries[p.name])+"()", p.vars)
}

// drive runs driver.sh and returns what it dumped.
func (s *session) drive(ctx context.Context, r *reading, phase string, args ...string) ([]byte, error) {
	if r != nil {
		if err := s.given.check(s.work, r.plan, r.main); err != nil {
			return nil, err
		}
	}
	// A build can have replaced the driver, too, where it runs as this process's user.
	if err := errors.Join(s.private.WriteFile(driverFile, driver, everybodyReads), s.emptyFile(metadataFile)); err != nil {
		return nil, err
	}
	err := s.run(ctx, ".", "/bin/sh", append([]string{s.path(driverFile), phase, s.path(metadataFile)}, args...)...)
	if err != nil {
		return nil, s.failure(ctx, function(phase, args), err)
	}
	text, err := s.private.ReadFile(metadataFile, maxDump)
	if err != nil {
		return nil, builder.Refuse("%s: the variables that it left cannot be read: %v", function(phase, args), err)
	}
	if len(text) == 0 {
		return nil, builder.Refuse("%s ended the shell with exit 0, so the commands after it did not run: use return",
			function(phase, args))
	}
	return text, nil
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
	e.Shell = otherShell.MatchString(tail)
	if function == topLevel {
		what := "the APKBUILD cannot be read: " + tail
		if e.Shell {
			what += "; " + builder.OtherShell
		}
		return &builder.RefusedError{What: what}
	}
	if failed.ExitCode == exitNotFound && !e.Shell {
		e.Missing = notFound(failed.Tail)
	}
	return e
}

// otherShell matches what dash says of an expansion that is not POSIX, or of a Bash test. Other shells use other words.
var otherShell = regexp.MustCompile(`: (?:Bad substitution|\[\[: not found)(?:\n|$)`)

// exitNotFound is a shell's exit code for a command that is not there.
const exitNotFound = 127

// notFoundLine is the shell's message. dash says the second where a directory of PATH is closed to
// the build's user.
var notFoundLine = regexp.MustCompile(`([^\s:]+): (?:(?:command )?not found|Permission denied)$`)

// notFound reads the command's name off the shell's message.
func notFound(tail []string) string {
	for _, t := range slices.Backward(tail) {
		if match := notFoundLine.FindStringSubmatch(strings.TrimSpace(t)); match != nil {
			return match[1]
		}
	}
	return ""
}
