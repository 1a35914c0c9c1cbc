// Package builder turns a build directory into packages. builder/abuild and builder/native
// implement it; what both need (the environment of builds, the user they run as) is here.
package builder

import (
	"context"
	"fmt"
	"io"

	"github.com/pakman/build/pkg/apk"
)

// Job is one build: what its packages are made from, and how this machine runs it.
type Job struct {
	Inputs
	Run
}

// Inputs are what the packages are made from, besides the files in Run.Dir: builds of the same inputs and files are the same.
type Inputs struct {
	Arch        string            // Alpine's name; the builder builds for it
	Env         map[string]string // the user's build environment, besides the allow-list
	Epoch       int64             // SOURCE_DATE_EPOCH
	Commit      string            // .PKGINFO's commit
	Packager    string            // .PKGINFO's packager
	Compression apk.Compression   // of the packages; empty: balanced
	Offline     bool              // the user's commands have no network
}

// Run says where and how a build runs. Nothing of it is seen in the packages.
type Run struct {
	Dir      string              // <anywhere>/<repository>/<pkgname>: APKBUILD, the files it names, and app/
	Output   string              // an existing, empty directory; the packages are left directly in it
	Outer    func(string) string // this process's environment; only the allow-list is taken from it
	CacheDir string              // the toolchains' caches lie below it; empty: none is kept
	ApkCache string              // where root's apk keeps what it downloads, closed to the build's user; empty: nowhere
	TempDir  string              // for temporary files; removed by the caller
	// Workspace is a directory that holds Dir and TempDir and nothing that the build may not write to. The
	// build sees it at sandbox.Seen where the system allows that. Empty: the build sees both where they are.
	Workspace string
	Root      string             // of an Alpine that the build sees as /; empty: the machine's own
	Hide      []string           // what the build must not read, besides the usual places of secrets
	Several   bool               // other workspaces lie beside this one, of builds that run at the same time
	Nth       int                // this build's number among those, from 0
	Planned   map[string]string  // variables of the APKBUILD as they were read when it was planned; nil: it was not read
	Strict    bool               // refuse to build if the system cannot isolate the build completely
	Log       io.Writer          // what the build prints
	Secrets   []string           // never printed
	Progress  func(stage string) // "unpack", "prepare", "build", "check", "package", "pack", as far as there is work; may be nil
}

// Builder makes packages, unsigned or signed with a temporary key.
type Builder interface {
	Name() string
	// Build returns the paths of the packages, sorted. A failing user command is a *CommandError.
	Build(ctx context.Context, j Job) ([]string, error)
}

// CommandError is the user's own command failing.
type CommandError struct {
	Function string   // "build", "package", … of the APKBUILD
	ExitCode int      // 1 where the builder does not tell (abuild)
	Tail     []string // its last lines
	Missing  string   // the command that was not found, if that was it
	Package  string   // the Alpine package that would bring Missing, if known
	Failure  string   // what failed, where it is no function: a service
	Shell    bool     // the machine's sh does not have all of the language of Alpine's
}

// OtherShell explains a failure that only the machine's shell causes.
const OtherShell = "the shell of this machine lacks a part of the language of Alpine's (busybox ash): install busybox or bash, " +
	"or write it in POSIX shell"

func (e *CommandError) Error() string {
	switch {
	case e.Failure != "":
		return e.Failure
	case e.Missing != "" && e.Package != "":
		return fmt.Sprintf(
			"the command %s is not on this machine: install it (on Alpine it comes with the package %s), or build where it is", e.Missing,
			e.Package)
	case e.Missing != "":
		return fmt.Sprintf("%s failed with exit code %d: the command %s was not found; name the Alpine package that has it in "+
			"dependencies.build, and install it on this machine", e.Function, e.ExitCode, e.Missing)
	}
	text := fmt.Sprintf("%s failed with exit code %d", e.Function, e.ExitCode)
	if e.Shell {
		text += ": " + OtherShell
	}
	return text
}
