package runnertest

import (
	"fmt"
	"testing"
)

func TestCommands(t *testing.T) {
	for log, want := range map[string]string{
		"text ::error::x\n":                                                    "[]",
		"::error file=a%2Cb,line=3::x%0Ay\n":                                   "[{error map[file:a,b line:3] x\ny}]",
		" \t\u00a0::Warning::x":                                                "[{warning map[] x}]",
		"progress\r::add-mask::x\n":                                            "[{add-mask map[] x}]",
		"wave 0: a##[set-output name=x;y=z]v\n":                                "[{set-output map[name:x y:z] v}]",
		"##[unknown]x ##[error]y\n":                                            "[]", // it looks at the first one
		"##[unknown\n::unknown::x\n:: error::x\n##[error\n":                    "[]",
		"::stop-commands::AbC\n::error::x\n##[error]y\n##[abc]\n::notice::z\n": "[{notice map[] z}]",
		"x##[stop-commands]abc\n::error::x\n::abc::\n::debug::z\n":             "[{debug map[] z}]",
	} {
		if got := fmt.Sprint(Commands(log)); got != want {
			t.Errorf("%q: %q, want %q", log, got, want)
		}
	}
}
