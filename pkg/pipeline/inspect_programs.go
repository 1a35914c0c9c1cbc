package pipeline

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/programs"
	"github.com/pakman/build/pkg/usererror"
)

// started is a program that a service or a command of the file starts.
type started struct {
	programs.Start
	key string // of the service or command
}

// programRules say what an application starts.
type programRules struct {
	plan        *Plan
	application programs.Application
	started     []started
	behind      leftBehind
}

func newProgramRules(p *Plan, arch string) programRules {
	r := p.Recipe
	rules := programRules{plan: p, application: programs.Application{
		Home: "/var/lib/" + r.Name, Depends: slices.Clone(r.Depends), Own: packageNames(p), Path: r.Environment["PATH"],
		Machine: builder.Machine(arch),
	}}
	if slices.Contains(r.Arches, "noarch") {
		rules.application.Machine = elf.EM_NONE // the builder refuses compiled files
	}
	if r.User != "root" {
		rules.application.User = r.User
	}
	for _, s := range r.Subpackages {
		rules.application.Depends = append(rules.application.Depends, s.Depends...)
	}
	for _, name := range []string{"pre-install", "post-install", "pre-upgrade", "post-upgrade"} {
		rules.application.Hooks = append(rules.application.Hooks, r.Hooks[name].Text)
	}
	for i, s := range r.Services {
		const shell = "|&;<>()`" // what makes a shell start the program
		rules.started = append(rules.started, started{
			Start: start(s.Command, s.Args, s.Directory, !strings.ContainsAny(s.Args, shell)), key: fmt.Sprintf("run.services[%d]", i),
		})
	}
	for i, c := range r.Commands {
		rules.started = append(rules.started, started{
			Start: start(c.Command, c.Args, rules.application.Home, false), key: fmt.Sprintf("run.commands[%d]", i),
		})
	}
	return rules
}

func start(command, args, directory string, direct bool) programs.Start {
	return programs.Start{Command: command, Arguments: strings.Fields(args), Directory: directory, Direct: direct}
}

// check refuses a package whose services or commands cannot start, and warns where an install script or a dependency may
// bring what is missing.
func (r programRules) check(files *programs.Files, warn func(config.Fault)) error {
	r.warnLeftBehind(files, warn)
	var faults config.Faults
	for _, s := range r.started {
		problem := files.Check(r.application, s.Start)
		if problem == nil {
			continue
		}
		key := s.key + ".binary"
		fault := config.Fault{Pos: r.plan.Config.Pos(key), Key: key, Message: problem.Message, Hint: problem.Hint, Warning: problem.Maybe}
		if why := r.behind[key]; why != "" && !files.Has(strings.TrimPrefix(s.Command, "/")) {
			fault.Hint = strings.TrimPrefix(fault.Hint+". "+why, ". ")
		}
		if fault.Warning {
			warn(fault)
			continue
		}
		faults = append(faults, fault)
	}
	if site := r.site(files); site != nil && site.Warning {
		warn(*site)
	} else if site != nil {
		faults = append(faults, *site)
	}
	if len(faults) == 0 {
		return nil
	}
	return usererror.Input(faults)
}
