package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFormats(t *testing.T) {
	faults := Faults{
		{Pos: Pos{File: "a,b.yml", Line: 3, Column: 7}, Key: "build.env.A", Message: "100% \"wrong\"\n::error::x", Hint: "Write <it>"},
		{Pos: Pos{File: "pakman.yml"}, Message: "odd", Warning: true},
	}
	for format, want := range map[string]string{
		"text": "a,b.yml:3:7: build.env.A: 100% \"wrong\" ::error::x. Write <it>\npakman.yml: warning: odd\n",
		"github": "::error file=a%2Cb.yml,line=3,col=7::build.env.A: 100%25 \"wrong\" ::error::x. Write <it>\n" +
			"::warning file=pakman.yml::odd\n",
		"json": `[
  {
    "pos": {
      "file": "a,b.yml",
      "line": 3,
      "column": 7
    },
    "key": "build.env.A",
    "message": "100% \"wrong\"\n::error::x",
    "hint": "Write <it>",
    "warning": false
  },
  {
    "pos": {
      "file": "pakman.yml"
    },
    "message": "odd",
    "warning": true
  }
]
`,
	} {
		var out strings.Builder
		if err := faults.Write(&out, format); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, out.String()); diff != "" {
			t.Errorf("%s:\n%s", format, diff)
		}
	}
	for format, want := range map[string]string{"text": "", "json": "[]\n", "github": ""} {
		var out strings.Builder
		if err := Faults(nil).Write(&out, format); err != nil || out.String() != want {
			t.Errorf("no faults as %s: %q, %v", format, out.String(), err)
		}
	}
	if err := faults.Write(&strings.Builder{}, "xml"); err == nil || !strings.Contains(err.Error(), "text, json, github") {
		t.Errorf("got %v", err)
	}
}

// TestOrder: faults come in the order of the file, whatever found them.
func TestOrder(t *testing.T) {
	at := func(line, column int, warning bool) Fault {
		return Fault{Pos: Pos{Line: line, Column: column}, Warning: warning}
	}
	errors, warnings := Faults{at(3, 1, false), at(1, 5, false), at(2, 2, true), at(1, 2, false), at(1, 5, false), at(0, 0, true)}.split()
	if diff := cmp.Diff(Faults{at(1, 2, false), at(1, 5, false), at(3, 1, false)}, errors); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Faults{at(0, 0, true), at(2, 2, true)}, warnings); diff != "" {
		t.Error(diff)
	}
}
