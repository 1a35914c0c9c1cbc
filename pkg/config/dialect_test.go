package config

import (
	"strings"
	"testing"
)

// toldOfHook returns what is said of a hook.
func toldOfHook(t *testing.T, file, script string) string {
	t.Helper()
	text := "name: a\nbuild: {destinations: [x]}\nhook:\n  post-install: |\n    " + strings.ReplaceAll(script, "\n", "\n    ") + "\n"
	_, warnings, err := Parse(file, []byte(text))
	if err != nil {
		return err.Error() + warnings.Error()
	}
	return warnings.Error()
}

// TestShellDialect: each was run with the shells of Alpine 3.16, 3.20 and edge, which agree.
func TestShellDialect(t *testing.T) {
	for script, want := range map[string]string{
		"arr=(a b)":                       "5:5: hook.post-install: `arr=(a b)` is an array",
		"true\n  arr+=(a)":                "6:7: hook.post-install: `arr+=(a)` is an array",
		"echo ${v[0]}":                    "an element of an array",
		"echo ${#v[@]}":                   "an element of an array",
		"echo ${v^^}":                     "`${v^^}` is an expansion of Bash",
		"echo ${v@Q}":                     "an expansion of Bash",
		"echo ${!v}":                      "an indirect expansion",
		"a+=b":                            "`a+=b` is an assignment with +=",
		"cat <<< hi":                      "`<<< hi` is a here-string",
		"echo a &>> b":                    "a redirection of both outputs that appends",
		"exec {fd}>a":                     "a redirection with a named descriptor",
		"a |& b":                          "a pipe of both outputs",
		"((1 + 1))":                       "an arithmetic command",
		"echo $[1+2]":                     "an arithmetic expansion of Bash",
		"for ((i=0;i<2;i++)); do :; done": "a loop of Bash",
		"select x in a b; do :; done":     "a loop of Bash",
		"case a in a) :;& b) :;; esac":    "a case that falls through",
		"coproc cat":                      "a coprocess",
		"declare -A m":                    "`declare -A m` is a declaration of Bash",
		"typeset x=1":                     "a declaration of Bash",
		"f() { local -r x=1; }":           "a declaration with an option of Bash",
		"export -f f":                     "a declaration with an option of Bash",
		"f-g() { :; }":                    "a function whose name",
		"[[ a < b ]]":                     "a comparison of Bash",
		"[[ -v x ]]":                      "a test of Bash",
		"[[ (a = a) ]]":                   "a group within [[",
		"#!/bin/bash\necho":               "the first line asks for \"bash\"",
		"#!/usr/bin/env python3\necho":    "the first line asks for \"python3\"",
		"#! /usr/bin/env -S zsh -f\necho": "the first line asks for \"zsh\"",
		"#!/bin/sh -e\necho":              "Write `set -e`",
		"mkdir -p /a/{b,c}":               "warning: hook.post-install: braces such as {a,b}",
		"case \"$x\" in (a) v=(1) ;; *) : ;; esac": "an array",
	} {
		if got := toldOfHook(t, "pakman.yml", script); !strings.Contains(got, want) {
			t.Errorf("%q: got %q, want %q", script, got, want)
		}
		if got := toldOfHook(t, "instellar.yml", script); strings.Count(got, "warning:") != 1 {
			t.Errorf("instellar.yml: %q: got %q, want one warning", script, got)
		}
	}
	for _, script := range []string{
		"v=1.2; echo ${v//./_} ${v:1:1} ${v#1} ${v:-x}", "[[ a == a* && b =~ ^b ]] || true", "function f { :; }", "function f() { :; }",
		"cat <(echo hi)",
		"echo hi &> /dev/null", "let x=1+2", "echo $'a\\tb'", "source /etc/profile", "set -o pipefail",
		"readonly a=1; local b=2; export c=3; export -p",
		"#!/bin/sh\necho", "#!/bin/ash\necho", "#!/usr/bin/env sh\necho", "#!/bin/busybox sh\necho", "x={a,b}; echo '{a,b}' {} ${x}",
		"( (true) )",
		"echo $((2**3 + 1))", "read -r -d '' x <<-EOF\n\ta\n\tEOF", "time true", "trap 'echo' ERR EXIT",
	} {
		if got := toldOfHook(t, "pakman.yml", script); got != "" {
			t.Errorf("%q: got %q", script, got)
		}
	}
}
