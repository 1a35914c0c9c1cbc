package detect

import (
	"regexp"
	"slices"
	"strings"
)

var (
	procfileWeb = regexp.MustCompile(`(?m)^(web|worker|app|bot):\s*(.+?)\s*$`)
	plainWords  = regexp.MustCompile(`^[A-Za-z0-9_][\w./:@=,$-]*( [\w./:@=,${}-]+)*$`)
	assignment  = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=([\w./:@-]*)$`)
)

// withDefaults adds the variables that are not set.
func withDefaults(env []pair, defaults ...pair) []pair {
	for _, d := range defaults {
		if !slices.ContainsFunc(env, func(e pair) bool { return e.Name == d.Name }) {
			env = append(env, d)
		}
	}
	return env
}

// procfile returns the command of the Procfile's web process, or else of its only one, and the variables that are set in front
// of it. It refuses what is more than a program and its arguments.
func (d *directory) procfile() (command string, env []pair) {
	for _, match := range procfileWeb.FindAllStringSubmatch(d.text("Procfile"), -1) {
		if command == "" || match[1] == "web" {
			command = match[2]
		}
	}
	whole := command
	for {
		first, rest, _ := strings.Cut(command, " ")
		match := assignment.FindStringSubmatch(first)
		if match == nil {
			break
		}
		env = append(env, pair{match[1], match[2]})
		command = strings.TrimSpace(rest)
	}
	if whole != "" && (!plainWords.MatchString(command) || strings.Contains(strings.SplitN(command, " ", 2)[0], "=")) {
		d.unknown("Procfile: `" + whole + "` is more than a program and its arguments")
		return "", nil
	}
	return command, env
}
