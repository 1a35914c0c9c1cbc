package programs

import (
	"archive/tar"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

const kindDirectory = tar.TypeDir

// absent returns the fault of a program that the packages do not have; at is where its links lead.
func (c checker) absent(command, at string) *Problem {
	if c.inHome(at) {
		message := at + " is not in the package"
		if at != command {
			message = fmt.Sprintf("%s leads to %s, which is not in the package", command, at)
		}
		return &Problem{Message: message, Hint: c.content(at), Maybe: c.hookMakes(at)}
	}
	what := at
	if at != command {
		what = command + " leads to " + at + ", which"
	}
	return c.fromSystem(what, at, path.Base(at))
}

// fromSystem returns the fault of a program that another package may bring. what names it in the message.
func (c checker) fromSystem(what, at, name string) *Problem {
	if strings.Contains(at, "/") && !slices.Contains(systemDirs, path.Dir(at)) {
		return c.elsewhere(what, at)
	}
	verdict := c.supply.program(name)
	if verdict == given || verdict == unknown {
		return nil
	}
	hint := "Add the Alpine package that has it to dependencies.runtime"
	if add := provider(name); add != "" {
		hint = "Add `" + add + "` to dependencies.runtime"
	}
	return &Problem{
		Message: what + " is not in the package, and no package in dependencies.runtime is known to contain it", Hint: hint,
		Maybe: verdict == doubtful || c.hookMakes(at),
	}
}

// buildDirs are where builds run, and where no package has files.
var buildDirs = regexp.MustCompile(`^/(?:tmp|build|github|home|root|var/tmp|Users)/|/pakman[^/]*/`)

// elsewhere returns the fault of a program outside the application's and the system's directories.
func (c checker) elsewhere(what, at string) *Problem {
	if buildDirs.MatchString(at) {
		return &Problem{
			Message: what + " is not in the package: no package has files there, a build may have",
			Hint:    "Name the place on the machine that installs the package, such as " + c.Home + "/… or /usr/bin/…",
			Maybe:   c.hookMakes(at),
		}
	}
	if strings.HasPrefix(at, "/usr/local/") {
		return &Problem{
			Message: what + " is not in the package, and Alpine's packages have nothing in /usr/local",
			Hint:    "Write /usr/bin/" + path.Base(at) + " if a package of dependencies.runtime has it", Maybe: true,
		}
	}
	if len(c.supply.depends) > 0 || c.inHome(at) {
		return nil
	}
	return &Problem{
		Message: what + " is not in the package, and no dependency may bring it",
		Hint:    "Add the Alpine package that has it to dependencies.runtime", Maybe: true,
	}
}

// hookMakes reports whether an install script may make a file: it names the file or its directory, or runs something in the
// application's directory.
func (c checker) hookMakes(file string) bool {
	for _, hook := range c.Hooks {
		for line := range strings.Lines(hook) {
			line = strings.TrimSpace(line)
			if idle.MatchString(line) {
				continue
			}
			for _, dir := range []string{c.Home, path.Dir(file), "/var/lib/$", "/var/lib ", "$HOME"} {
				if dir != "/" && strings.Contains(line, dir) {
					return true
				}
			}
		}
	}
	return false
}

// idle are lines of a hook that make no program.
var idle = regexp.MustCompile(`^(?:#|(?:chown|chmod|rm|rmdir|mkdir|touch|test|\[)\b[^;&|]*$|install +-d\b[^;&|]*$)`)

func (c checker) hookSays(word string) bool {
	return slices.ContainsFunc(c.Hooks, func(hook string) bool { return strings.Contains(hook, word) })
}
