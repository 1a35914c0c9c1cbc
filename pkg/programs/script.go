package programs

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// interpreted checks the #! line of a script.
func (c checker) interpreted(file string, s start, depth int) *Problem {
	line := strings.TrimSpace(s.interpreter + " " + s.argument)
	switch {
	case strings.HasSuffix(s.interpreter+s.argument, "\r"):
		return &Problem{
			Message: file + " has Windows line endings, so its interpreter would not be found",
			Hint:    "Save it with Unix line endings; `*.sh text eol=lf` in .gitattributes makes git do that",
		}
	case s.interpreter == "":
		return &Problem{Message: file + " has a #! line without an interpreter", Hint: "Write `#!/bin/sh`, or the script's interpreter"}
	case !path.IsAbs(s.interpreter):
		return nil // it depends on where it starts
	}
	about := fmt.Sprintf("%s is a script for %q: ", file, line)
	at, e, found := c.files.follow(s.interpreter)
	switch {
	case at == "":
		return &Problem{Message: about + s.interpreter + " is a link that leads in a circle", Hint: "Name another interpreter"}
	case path.Base(at) == "env" && !found:
		return c.throughEnv(about, s.argument)
	case !found && c.inHome(at):
		return &Problem{Message: about + at + " is not in the package", Hint: c.content(at), Maybe: c.hookMakes(at)}
	case !found:
		return c.fromSystem(about+at, at, path.Base(at))
	case e.kind == kindDirectory || !e.startable(c.User):
		return &Problem{Message: about + at + " is not an executable file" + c.forUser(), Hint: "Name an interpreter"}
	case e.start == nil:
		return nil
	case depth == 0 && e.start.script:
		return &Problem{
			Message: about + "its interpreter is a script, too, and so on: the kernel follows " + strconv.Itoa(maxInterpreters) +
				" of them",
			Hint: "Use a program that is not a script as the interpreter",
		}
	}
	return c.startOf(at, *e.start, depth-1)
}

// throughEnv checks what env starts: the kernel gives it all that follows as one argument.
func (c checker) throughEnv(about, argument string) *Problem {
	words := strings.Fields(argument)
	if len(words) == 0 {
		return nil
	}
	if words[0] == "-S" || strings.HasPrefix(words[0], "-S") || words[0] == "--split-string" {
		if p := c.fromSystem(about+"the option -S of env", envSplit, envSplit); p != nil {
			p.Message = about + "busybox's env does not know -S, and no package in dependencies.runtime is known to contain another env"
			p.Hint = "Add `coreutils` to dependencies.runtime, or write the interpreter alone"
			return p
		}
		words[0] = strings.TrimPrefix(words[0], "-S")
		words = slices.DeleteFunc(words, func(w string) bool { return w == "" || strings.HasPrefix(w, "-") || strings.Contains(w, "=") })
	} else if len(words) > 1 && !strings.HasPrefix(words[0], "-") && !strings.Contains(words[0], "=") {
		return &Problem{
			Message: about + fmt.Sprintf("env looks for a program called %q", argument),
			Hint:    "Write `#!/usr/bin/env " + words[0] + "`, without arguments",
		}
	}
	if len(words) == 0 || strings.HasPrefix(words[0], "-") || strings.Contains(words[0], "=") {
		return nil
	}
	return c.onPath(about, words[0])
}

// onPath checks a program that is looked up on PATH.
func (c checker) onPath(about, name string) *Problem {
	if strings.Contains(name, "/") {
		return nil
	}
	for _, dir := range systemDirs {
		if _, e, found := c.files.follow(path.Join(dir, name)); found && e.startable(c.User) {
			return nil
		}
	}
	if c.Path != "" && len(c.files.called(name, c.Home)) > 0 {
		return nil
	}
	return c.fromSystem(about+name, name, name)
}

// interpreters are programs whose first argument is a file, with the endings that they add to its name.
var interpreters = regexp.MustCompile(`^(node|python3?(\.[0-9]+)?|ruby|perl|php[0-9]*|bash|sh|ash)$`)

var (
	word     = regexp.MustCompile(`^[A-Za-z0-9_.@+/][A-Za-z0-9_.@+/-]*$`)
	suffixes = []string{"", ".js", ".cjs", ".mjs", ".json", ".node"}
)

// script checks the file that an interpreter is given.
func (c checker) script(s Start) *Problem {
	if len(s.Arguments) == 0 || !interpreters.MatchString(path.Base(s.Command)) || !word.MatchString(s.Arguments[0]) {
		return nil
	}
	file := s.Arguments[0]
	if !path.IsAbs(file) {
		if s.Directory != c.Home && !c.inHome(s.Directory) {
			return nil
		}
		file = path.Join(s.Directory, file)
	}
	if !c.inHome(file) {
		return nil
	}
	endings := suffixes[:1]
	if path.Base(s.Command) == "node" {
		endings = suffixes
	}
	for _, ending := range endings {
		at, _, found := c.files.follow(file + ending)
		if found || at != "" && !c.inHome(at) {
			return nil // a directory too: python has __main__.py in it, node package.json or index.js
		}
	}
	return &Problem{
		Message: fmt.Sprintf("%s, which %s is to run, is not in the package", file, path.Base(s.Command)),
		Hint:    c.content(file), Maybe: c.hookMakes(file),
	}
}
