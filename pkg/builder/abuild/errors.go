package abuild

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// ErrNotInstalled reports whether this machine has no abuild.
var ErrNotInstalled = errors.New("abuild is not on PATH: it is a program of Alpine Linux (apk add abuild); " +
	"on another system use the builder \"native\"")

// DependencyError is packages that the build needs and apk cannot install.
type DependencyError struct {
	Packages []string // as the APKBUILD asks for them, e.g. "nodejs>=20"; empty when apk did not say
	Detail   []string // apk's own words
	Hint     string   // what to do about it
}

func (e *DependencyError) Error() string {
	what := "the packages that the build depends on cannot be installed"
	if len(e.Packages) > 0 {
		what = "cannot install " + strings.Join(e.Packages, ", ")
	}
	var text strings.Builder
	text.WriteString("dependencies: " + what + "; " + e.Hint)
	for _, line := range e.Detail {
		text.WriteString("\n    " + line)
	}
	return text.String()
}

// refuse says that abuild does not accept the build directory or what the build left in the
// package: in its own words or, where it found none, with the end of the log.
func refuse(step string, reasons, log []string) error {
	text := "abuild refuses the package"
	if step != "" {
		text += " in its step " + step
	}
	if len(reasons) == 0 {
		reasons = log
	}
	if len(reasons) == 1 {
		return builder.Refuse("%s: %s", text, reasons[0])
	}
	return builder.Refuse("%s", strings.Join(append([]string{text}, reasons...), "\n    "))
}

// userSteps are the APKBUILD's functions that run the user's commands.
var userSteps = []string{"prepare", "build", "check", "package"}

// explain makes an error of a failed abuild, of which only the log tells what happened.
func (m *monitor) explain(exitCode int) error {
	m.finish()
	if err := dependencyError(m.all, m.errors); err != nil {
		return err
	}
	if slices.Contains(userSteps, m.failed) && len(m.errors) == 0 {
		return &builder.CommandError{
			Function: m.failed, ExitCode: exitCode, Tail: m.tail, Missing: missingCommand(m.tail),
		}
	}
	return refuse(m.failed, m.errors, m.all)
}

// How shells, env and execvp say that a command does not exist.
var notFound = []*regexp.Regexp{
	regexp.MustCompile(`(?:^|: )([^\s:]+): (?:command )?not found$`),
	regexp.MustCompile(`^env: (?:can't execute )?['‘]?([^'’:]+)['’]?: No such file or directory$`),
	regexp.MustCompile(`exec: "([^"]+)": executable file not found`),
}

// missingCommand returns the command that the last of the lines to say so missed.
func missingCommand(lines []string) string {
	for _, line := range slices.Backward(lines) {
		for _, re := range notFound {
			if m := re.FindStringSubmatch(line); m != nil {
				return m[1]
			}
		}
	}
	return ""
}

var (
	unknownPackage = regexp.MustCompile(`^\s+(\S+) \(no such package\):`)
	brokenDepend   = regexp.MustCompile(`(?:breaks|conflicts): .*\[([^\]]+)\]`)
	missingDepends = regexp.MustCompile(`^Missing dependencies \(use -r to autoinstall them\): (.*)$`)
)

const installHint = "see the keys dependencies.build and dependencies.runtime, and https://pkgs.alpinelinux.org for the names of this " +
	"Alpine release"

// dependencyError finds apk's complaint in a log, or abuild's own among its errors.
func dependencyError(log, reasons []string) error {
	for _, reason := range reasons {
		if m := missingDepends.FindStringSubmatch(reason); m != nil {
			return &DependencyError{Packages: strings.Fields(m[1]), Hint: fmt.Sprintf(
				"this user may not install packages: as root run \"apk add %s\", or put the user in the group abuild", m[1])}
		}
	}
	start := slices.IndexFunc(log, func(line string) bool { return strings.Contains(line, "unable to select packages") })
	if start < 0 {
		return nil
	}
	e := &DependencyError{Hint: installHint}
	for _, line := range log[start+1:] {
		if !strings.HasPrefix(line, " ") {
			break
		}
		e.Detail = append(e.Detail, strings.TrimSpace(line))
		for _, re := range []*regexp.Regexp{unknownPackage, brokenDepend} {
			if m := re.FindStringSubmatch(line); m != nil && !slices.Contains(e.Packages, m[1]) {
				e.Packages = append(e.Packages, m[1])
			}
		}
	}
	return e
}
