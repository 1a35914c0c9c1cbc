package apkbuild

import (
	"cmp"
	"fmt"
	"strings"

	"mvdan.cc/sh/v3/syntax"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

// Instances returns the services that can run on their own, if there are several. Their names become the ends of file names.
func (v *view) Instances() []string {
	var names []string
	for _, s := range v.Recipe.Services {
		if len(v.Recipe.Services) > 1 && config.IsServiceName(s.Name) {
			names = append(names, s.Name)
		}
	}
	return names
}

// service is a service with its command line taken apart.
type service struct {
	recipe.Service
	words bool   // Args are words and nothing else
	line  string // the whole as one shell command line
}

// command is an extra command of the init script.
type command struct {
	Name string
	Line string // shell
}

// addServices reads the command lines of services and commands.
func (v *view) addServices() error {
	var faults config.Faults
	fault := func(key string, err error) {
		if err != nil {
			faults = append(faults, config.Fault{Key: key, Message: err.Error(), Hint: "write it as on a shell's command line; quote " +
				"what holds spaces or special characters"})
		}
	}
	for i, s := range v.Recipe.Services {
		parsed, err := v.service(s)
		fault(fmt.Sprintf("run.services[%d].start.call", i), err)
		if s.Stop != "" {
			_, err = parseShell(s.Stop)
			fault(fmt.Sprintf("run.services[%d].stop", i), err)
			v.Stops = append(v.Stops, parsed)
		}
		v.Services = append(v.Services, parsed)
	}
	for i, c := range v.Recipe.Commands {
		line, _, err := commandLine(c.Command, c.Args)
		fault(fmt.Sprintf("run.commands[%d].call", i), err)
		v.Commands = append(v.Commands, command{c.Name, line})
		v.CommandNames = append(v.CommandNames, c.Name)
	}
	return faultsOrNil(faults)
}

// service reads one service.
func (v *view) service(s recipe.Service) (service, error) {
	if s.Directory == "" {
		s.Directory = "/var/lib/" + v.Name
	}
	line, words, err := commandLine(s.Command, s.Args)
	return service{Service: s, line: line, words: words}, err
}

// commandLine joins a program and its arguments, which are shell words as the user wrote them. words reports whether they
// are no more than that; where the user wrote redirections or several commands, only a shell may have the line.
func commandLine(program, args string) (line string, words bool, err error) {
	q, err := Quote(program)
	if err != nil {
		return "", false, err
	}
	line = strings.TrimSpace(q + " " + strings.TrimSpace(args))
	file, err := parseShell(line)
	if err != nil {
		return "", false, err
	}
	if len(file.Stmts) != 1 {
		return line, false, nil
	}
	stmt := file.Stmts[0]
	call, isCall := stmt.Cmd.(*syntax.CallExpr)
	if !isCall || stmt.Background || stmt.Negated {
		return line, false, nil
	}
	return "exec " + line, len(stmt.Redirs) == 0 && onlyWords(call), nil
}

// onlyWords reports whether expanding the words runs nothing and changes nothing.
func onlyWords(call *syntax.CallExpr) bool {
	only := true
	syntax.Walk(call, func(n syntax.Node) bool {
		switch n := n.(type) {
		case nil, *syntax.CallExpr, *syntax.Word, *syntax.Lit:
		case *syntax.SglQuoted:
			only = only && !n.Dollar
		case *syntax.DblQuoted:
			only = only && !n.Dollar
		case *syntax.ParamExp:
			plain := n.Exp == nil && n.Repl == nil && n.Slice == nil && n.Index == nil && !n.Excl && !n.Length && !n.Width
			only = only && plain
		default:
			only = false
		}
		return only
	})
	return only
}

// start writes the command that a run script becomes.
func start(s service) (string, error) {
	if s.words {
		return strings.TrimPrefix(s.line, "exec "), nil
	}
	q, err := Quote(s.line)
	return "/bin/sh -c " + q, err
}

// run writes a command that hands a shell command line to a shell of the service's user.
func run(v *view, line string) (string, error) {
	q, err := Quote(line)
	if err != nil {
		return "", err
	}
	// OpenRC's own PATH leads to its own programs.
	path := "PATH=" + programPath + " "
	switch {
	case v.User == "":
		return path + "/bin/sh -c " + q, nil
	case v.S6():
		return path + "s6-setuidgid " + v.User + " /bin/sh -c " + q, nil
	default:
		return path + "su -s /bin/sh -c " + q + " " + v.User, nil
	}
}

// programPath is where services and commands find programs.
const programPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// home returns the home directory of the services and commands.
func home(v *view) (string, error) {
	if v.User == "" {
		return "/root", nil
	}
	return name("/var/lib/" + v.Name)
}

// accountOf returns the user of the services and commands.
func accountOf(v *view) (string, error) { return name(cmp.Or(v.User, rootUser)) }
