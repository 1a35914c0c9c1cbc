// Package programs decides whether what an application starts can start on the machine that installs its packages: whether
// the program is in them, or comes from what they depend on, whether it may be executed, and whether its loader or
// interpreter is there. Where that cannot be known, it says nothing.
package programs

import (
	"debug/elf"
	"fmt"
	"path"
	"strings"

	"github.com/pakman/build/pkg/config"
)

// Application is what is known of an application besides its files.
type Application struct {
	Home    string // /var/lib/<name>
	User    string // whom the services run as; empty: root
	Depends []string
	Own     []string    // the names of its packages
	Hooks   []string    // the text of its install scripts
	Path    string      // the variable, where the application sets it
	Machine elf.Machine // that the packages are for; EM_NONE: all

}

// Start is a program that the application starts.
type Start struct {
	Command   string   // absolute
	Arguments []string // its first ones, as far as they are plain words
	Directory string   // in which it starts
	Direct    bool     // the kernel starts it; else a shell, which also runs text
}

// Problem is why a program cannot start.
type Problem struct {
	Message string
	Hint    string
	Maybe   bool // something on the machine may have what is missing
}

// checker looks for problems in the files of an application's packages.
type checker struct {
	Application
	files  *Files
	supply supply
	direct bool
}

// Check returns why a program cannot start; nil where it can, or where that cannot be known.
func (f *Files) Check(a Application, s Start) *Problem {
	c := checker{Application: a, files: f, supply: newSupply(a.Depends, a.Own), direct: s.Direct}
	if p := c.program(s.Command); p != nil {
		return p
	}
	if p := c.script(s); p != nil {
		return p
	}
	return c.directory(s.Directory)
}

// program checks the program itself.
func (c checker) program(command string) *Problem {
	at, e, found := c.files.follow(command)
	switch {
	case at == "":
		return &Problem{Message: command + " is a symbolic link that leads in a circle", Hint: "Make it a link to the program"}
	case !found:
		return c.absent(command, at)
	case e.kind == kindDirectory:
		return &Problem{Message: at + " is a directory, a program is expected", Hint: "Name the program in it. " + c.content(at)}
	case !e.startable(c.User):
		return &Problem{
			Message: fmt.Sprintf("%s is not executable%s (mode %04o)", at, c.forUser(), e.mode),
			Hint:    "Make it executable in the checkout with `git update-index --chmod=+x`, or in build.command with `chmod 755`",
		}
	case e.start == nil:
		return nil
	}
	return c.startOf(at, *e.start, maxInterpreters)
}

// maxInterpreters is how many scripts may be each other's interpreters: execve(2) gives ELOOP for one more.
const maxInterpreters = 4

func (c checker) forUser() string {
	if c.User == "" {
		return ""
	}
	return " for the user " + c.User
}

// startOf checks what the kernel needs to start a file.
func (c checker) startOf(file string, s start, depth int) *Problem {
	switch {
	case s.elf:
		return c.compiled(file, s)
	case s.script:
		return c.interpreted(file, s, depth)
	case s.mark:
		return &Problem{
			Message: file + " begins with a byte order mark, so that its #! line does not count", Hint: "Save it without the mark",
		}
	case c.direct:
		return &Problem{
			Message: file + " is neither a compiled program nor a script with a #! line, and cannot be started",
			Hint:    "Begin a script with `#!/bin/sh`, or with its interpreter",
		}
	}
	return nil
}

// compiled checks a compiled program: its machine and its loader.
func (c checker) compiled(file string, s start) *Problem {
	switch {
	case s.machine == elf.EM_NONE:
		return &Problem{Message: file + " is a damaged program: its header cannot be read", Hint: "Build it again", Maybe: true}
	case c.Machine != elf.EM_NONE && s.machine != c.Machine:
		return &Problem{
			Message: fmt.Sprintf("%s is compiled for %s, and the package is for %s", file, s.machine, c.Machine),
			Hint:    "Build on a machine of that architecture, or tell the compiler",
		}
	case s.interpreter == "" || strings.HasPrefix(s.interpreter, "/lib/ld-musl-"):
		return nil
	}
	if _, _, found := c.files.follow(s.interpreter); found {
		return nil
	}
	if base := path.Base(s.interpreter); strings.HasPrefix(base, "ld-linux") || strings.HasPrefix(base, "ld64.so") || base == "ld.so.1" {
		if c.supply.glibc() || c.hookSays("glibc") || c.hookSays("gcompat") {
			return nil
		}
		return &Problem{
			Message: fmt.Sprintf("%s is linked to the GNU C library (its loader is %s), which Alpine does not have", file, s.interpreter),
			Hint: "Link it statically (Go: CGO_ENABLED=0; Rust: a musl target), or build it on Alpine, as the action does; " +
				"gcompat in dependencies.runtime runs some such programs",
		}
	}
	return &Problem{
		Message: fmt.Sprintf("%s needs the loader %s, which is not in the package", file, s.interpreter),
		Hint:    "Build it on Alpine, or link it statically",
		Maybe:   c.hookMakes(s.interpreter),
	}
}

// directory checks the directory that a program starts in.
func (c checker) directory(dir string) *Problem {
	at, e, found := c.files.follow(dir)
	switch {
	case dir == "" || dir == c.Home || found && e.kind == kindDirectory:
		return nil
	case found:
		return &Problem{Message: dir + " is a file, the directory to start in is expected", Hint: "Write its directory"}
	case at == "" || !c.inHome(at):
		return nil // who knows
	}
	return &Problem{
		Message: fmt.Sprintf("the directory %s is not in the package, and the program could not start in it", dir),
		Hint:    c.content(at), Maybe: c.hookMakes(at),
	}
}

// content says what is in the directory of a missing file, and what may be meant.
func (c checker) content(file string) string {
	const most = 12
	dir := file
	names := c.files.holds(dir)
	if len(names) == 0 {
		dir = path.Dir(file)
		for names = c.files.holds(dir); len(names) == 0 && dir != "/"; names = c.files.holds(dir) {
			dir = path.Dir(dir)
		}
	}
	text := "The package has nothing there"
	if len(names) > 0 {
		text = dir + " holds " + strings.Join(names[:min(most, len(names))], ", ")
		if len(names) > most {
			text += fmt.Sprintf(" and %d more", len(names)-most)
		}
	}
	if meant := c.meant(file); meant != "" {
		text += ". Did you mean `" + meant + "`?"
	}
	return text
}

// meant returns what may be meant by a file that is missing.
func (c checker) meant(file string) string {
	dir, base := path.Dir(file), path.Base(file)
	names := c.files.holds(dir)
	for _, name := range names {
		if strings.EqualFold(name, base) {
			return name
		}
	}
	if found := c.files.called(base, c.Home); len(found) > 0 {
		return c.written(found[0])
	}
	return config.Nearest(base, names)
}

// written returns how a file of the application is named as a program: a name without a slash is looked for in bin/.
func (c checker) written(file string) string {
	below := strings.TrimPrefix(file, c.Home+"/")
	switch {
	case path.Dir(below) == "bin":
		return path.Base(below)
	case !strings.Contains(below, "/"):
		return "./" + below
	}
	return below
}

func (c checker) inHome(file string) bool { return strings.HasPrefix(file, c.Home+"/") }
