package config

import (
	"strconv"
	"strings"
)

// elsewhere maps names from other tools, and likely guesses, to keys.
var elsewhere = map[string]string{
	"arch":                       "architectures",
	"arches":                     "architectures",
	"command":                    "build.command",
	"commands":                   "run.commands",
	"config_files":               "files",
	"contents":                   "files",
	"depends":                    "dependencies.runtime",
	"destination":                "build.destinations",
	"destinations":               "build.destinations",
	"env":                        "build.env",
	"environment":                "run.environment",
	"exclude":                    "build.exclude",
	"hooks":                      "hook",
	"homepage":                   "url",
	"install":                    "hook",
	"makedepends":                "dependencies.build",
	"pkgdesc":                    "description",
	"pkgname":                    "name",
	"pkgver":                     "version",
	"scripts":                    "hook",
	"services":                   "run.services",
	"summary":                    "description",
	"supervisor":                 "run.supervisor",
	"test":                       "check.command",
	"user":                       "run.user",
	"build.depends":              "dependencies.build",
	"build.script":               "build.command",
	"build.steps":                "build.command",
	"build.output":               "build.destinations",
	"build.outputs":              "build.destinations",
	"build.strip":                "build.strip_binary",
	"build.test":                 "check.command",
	"run.command":                "run.services",
	"run.env":                    "run.environment",
	"run.port":                   "run.environment",
	"run.services[].healthcheck": "run.services[].health",
	"run.services[].port":        "run.services[].health.port",
	"files[].dst":                "files[].destination",
	"files[].src":                "files[].source",
	"files[].to":                 "files[].destination",
	"files[].from":               "files[].source",
	"files[].target":             "files[].destination",
	"files[].path":               "files[].source",
	"files[].user":               "files[].owner",
	"subpackages[].dependency":   "subpackages[].dependencies",
	"run.services[].call":        "run.services[].start.call",
	"run.services[].command":     "run.services[].binary",
	"run.services[].args":        "run.services[].start.call",
	"run.services[].cwd":         "run.services[].directory",
	"run.services[].workdir":     "run.services[].directory",
	"run.commands[].command":     "run.commands[].binary",
	"run.commands[].args":        "run.commands[].call",
}

// mergeKey was part of YAML 1.1.
const (
	mergeKey  = "<<"
	mergeHint = "YAML 1.2 has no merge keys; write the keys themselves"
)

// suggestKey returns a hint for the writer of an unknown key.
func suggestKey(path, name string) string {
	parent := generic(path)
	if name == mergeKey {
		return mergeHint
	}
	siblings := children(parent)
	if near := Nearest(name, siblings); near != "" {
		return "Did you mean `" + near + "`?"
	}
	if other := elsewhere[join(parent, name)]; other != "" {
		return "Did you mean `" + other + "`?"
	}
	for _, k := range keys {
		if strings.HasSuffix(k.path, "."+name) {
			return "Did you mean `" + k.path + "`?"
		}
	}
	return "Allowed here: " + strings.Join(siblings, ", ")
}

// suggestValue returns a hint for the writer of a value that is not allowed.
func suggestValue(value string, allowed []string) string {
	if near := Nearest(value, allowed); near != "" {
		return "Did you mean `" + near + "`?"
	}
	return "Use one of them"
}

// NotOneOf says that a value of a flag or an input is not allowed, what is, and which of it was probably meant.
func NotOneOf(value string, allowed ...string) string {
	text := strconv.Quote(value) + " is not one of " + strings.Join(allowed, ", ")
	if near := Nearest(value, allowed); near != "" {
		text += "; did you mean " + near + "?"
	}
	return text
}

// Nearest returns the candidate with the fewest typing mistakes to word; "" if all differ too much.
func Nearest(word string, candidates []string) string {
	word = strings.ReplaceAll(strings.ToLower(word), "-", "_")
	best, least := "", len(word)/3+1
	for _, c := range candidates {
		if d := distance(word, strings.ReplaceAll(c, "-", "_")); d < least {
			best, least = c, d
		}
	}
	return best
}

// distance counts the letters to insert, omit, change or swap with their neighbour that turn a into b.
func distance(a, b string) int {
	const longest = 40 // keys are shorter; a longer word resembles none of them
	if len(a) > longest {
		return len(a)
	}
	rows := [3][]int{make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)}
	for j := range rows[1] {
		rows[1][j] = j
	}
	for i := 1; i <= len(a); i++ {
		before, above, row := rows[0], rows[1], rows[2]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := above[j-1]
			if a[i-1] != b[j-1] {
				change++
			}
			row[j] = min(above[j]+1, row[j-1]+1, change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		rows = [3][]int{above, row, before}
	}
	return rows[1][len(b)]
}
