package runnertest

import (
	"slices"
	"strings"
	"unicode"
)

// Command is a workflow command that the runner obeys.
type Command struct {
	Name       string // in lowercase letters
	Properties map[string]string
	Value      string
}

// names are the commands that the runner knows (actions/runner, src/Runner.Worker/ActionCommandManager.cs).
var names = []string{
	"add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "internal-set-repo-path", "notice",
	"remove-matcher", "save-state", "set-env", "set-output", "stop-commands", "warning",
}

// Commands returns what the runner obeys in a log, but for what stands between stop-commands and its token. It follows
// actions/runner, src/Runner.Common/ActionCommand.cs: lines end at line feeds and at carriage returns; a command begins a line,
// or is in brackets anywhere in it; names have no case.
func Commands(log string) []Command {
	var all []Command
	token := ""
	for _, line := range strings.FieldsFunc(log, func(r rune) bool { return r == '\n' || r == '\r' }) {
		known := names
		if token != "" {
			known = append(slices.Clone(names), token)
		}
		c, ok := colons(line, known)
		if !ok {
			c, ok = brackets(line, known)
		}
		switch {
		case !ok:
		case token != "" && c.Name == token:
			token = ""
		case token != "":
		case c.Name == "stop-commands":
			token = strings.ToLower(c.Value)
		default:
			all = append(all, c)
		}
	}
	return all
}

// colons reads ::NAME PROPERTIES::VALUE.
func colons(line string, known []string) (Command, bool) {
	rest, ok := strings.CutPrefix(strings.TrimLeftFunc(line, unicode.IsSpace), "::")
	head, value, found := strings.Cut(rest, "::")
	if !ok || !found {
		return Command{}, false
	}
	return command(head, value, known, ",", strings.NewReplacer("%0A", "\n", "%0D", "\r", "%3A", ":", "%2C", ",", "%25", "%"))
}

// brackets reads ##[NAME PROPERTIES]VALUE.
func brackets(line string, known []string) (Command, bool) {
	_, rest, ok := strings.Cut(line, "##[")
	head, value, found := strings.Cut(rest, "]")
	if !ok || !found {
		return Command{}, false
	}
	return command(head, value, known, ";", strings.NewReplacer("%0A", "\n", "%0D", "\r", "%3B", ";", "%5D", "]", "%25", "%"))
}

func command(head, value string, known []string, separator string, unescape *strings.Replacer) (Command, bool) {
	name, properties, _ := strings.Cut(head, " ")
	c := Command{Name: strings.ToLower(name), Properties: map[string]string{}, Value: unescape.Replace(value)}
	for pair := range strings.SplitSeq(properties, separator) {
		if name, value, ok := strings.Cut(strings.TrimSpace(pair), "="); ok {
			c.Properties[name] = unescape.Replace(value)
		}
	}
	return c, slices.Contains(known, c.Name)
}
