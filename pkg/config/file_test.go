package config

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestPos(t *testing.T) {
	f, _, err := Parse("dir/pakman.yml", []byte(`name: app
build:
  command: |

      make
      make install
  prepare: make deps
  destinations:
    - bin
    - "lib"
run:
  services:
    - name: web
      binary: app
kits:
  - port: 80
    text: >
      folded
hook:
  post-install:
`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		"":                            "dir/pakman.yml",
		"version":                     "dir/pakman.yml",
		"name":                        "dir/pakman.yml:1:7",
		"build":                       "dir/pakman.yml:2:1",
		"build.command":               "dir/pakman.yml:4:7",
		"build.prepare":               "dir/pakman.yml:7:12",
		"build.env.FOO":               "dir/pakman.yml:2:1",
		"build.destinations":          "dir/pakman.yml:8:3",
		"build.destinations[1]":       "dir/pakman.yml:10:7",
		"build.destinations[2]":       "dir/pakman.yml:8:3",
		"run.services[0]":             "dir/pakman.yml:13:7",
		"run.services[0].binary":      "dir/pakman.yml:14:15",
		"run.services[0].start.call":  "dir/pakman.yml:13:7",
		"run.services[1].name":        "dir/pakman.yml:12:3",
		"kits[0].port":                "dir/pakman.yml:16:11",
		"kits[0].text":                "dir/pakman.yml:18:7",
		"hook.post-install":           "dir/pakman.yml:20:3",
		"run.commands[0].name.deeper": "dir/pakman.yml:11:1",
	} {
		if got := f.Pos(key).String(); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
	if got := f.KeyPos("build.command").String(); got != "dir/pakman.yml:3:3" {
		t.Errorf("key of build.command: %s", got)
	}
}

// TestPosMoved: items that are taken out or taken apart do not shift the places of the others.
func TestPosMoved(t *testing.T) {
	f, _, err := Parse("instellar.yml", []byte(`build:
  destinations: ['*']
dependencies:
  runtime:
    -
    - bash curl
    - s6
run:
  services:
    - {name: web, binary: a}
    - {name: web, binary: b}
    - {name: jobs, binary: c}
`))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]int{
		"dependencies.runtime[1]": 6, "dependencies.runtime[2]": 7,
		"run.services[0].binary": 10, "run.services[1].binary": 12, "run.services[1]": 12, "run.services[2].binary": 9,
	} {
		if got := f.Pos(key).Line; got != want {
			t.Errorf("%s: line %d, want %d", key, got, want)
		}
	}
	if len(f.Run.Services) != 2 || f.Run.Services[1].Binary != "c" {
		t.Errorf("services %+v", f.Run.Services)
	}
}

// TestPayload: scalars keep their type of YAML 1.2 when they become JSON.
func TestPayload(t *testing.T) {
	f, _, err := Parse("pakman.yml", []byte(`build: {destinations: [a]}
kits:
  - [0777, 0o17, 0x1F, -5, +7, 1_000, 0b1, 12345678901234567890123]
  - [1.50, .5, 1e3, 10., 1.0, 1.2.3, 12:30, 2001-01-01]
  - [true, True, FALSE, yes, on, Off, n]
  - [~, null, Null, "", '', "null"]
  - ["1", '0x1', !!str 5, !!int "5", !!float 1]
  - {1: a, true: b, <<: {c: d}, dup: 1}
  - &anchor {a: 1}
  - *anchor
sizes:
plans: text
`))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := f.Payload()
	if err != nil {
		t.Fatal(err)
	}
	got, err := json.Marshal(payload)
	if err != nil {
		t.Fatal(err)
	}
	want := `{"kits":[` +
		`[777,15,31,-5,7,"1_000","0b1",12345678901234567890123],` +
		`[1.5,0.5,1000.0,10.0,1.0,"1.2.3","12:30","2001-01-01"],` +
		`[true,true,false,"yes","on","Off","n"],` +
		`[null,null,null,"","","null"],` +
		`["1","0x1","5",5,1.0],` +
		`{"1":"a","\u003c\u003c":{"c":"d"},"dup":1,"true":"b"},` +
		`{"a":1},{"a":1}],"plans":"text"}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// TestDuplicates: the last of two keys wins in an instellar.yml.
func TestDuplicates(t *testing.T) {
	f, _, err := Parse("instellar.yml", []byte("build: {destinations: [a]}\nkits: [{a: 1, a: 2}]\nbuild: {destinations: [b]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	payload, err := f.Payload()
	want := map[string]any{"kits": []any{map[string]any{"a": json.Number("2")}}}
	if diff := cmp.Diff(want, payload); diff != "" || err != nil || f.Build.Destinations[0] != "b" {
		t.Error(diff, err, f.Build.Destinations)
	}
}

// TestPayloadByHand: a File that no Load has checked may hold what JSON cannot say.
func TestPayloadByHand(t *testing.T) {
	f, _, err := Parse("pakman.yml", []byte("build: {destinations: [a]}\nkits: [{a: [1]}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	f.Kits.Content[0].Content[1].Content[0].Value = ".nan"
	if _, err := f.Payload(); err == nil || !strings.Contains(err.Error(), "kits: line 2") {
		t.Errorf("got %v", err)
	}
}

// TestKeys compares the key table with the types: each has what the other has, in forms that fit.
func TestKeys(t *testing.T) {
	fields := map[string]reflect.Type{}
	var walk func(path string, s reflect.Type)
	walk = func(path string, s reflect.Type) {
		for field := range s.Fields() {
			tag := field.Tag.Get("yaml")
			if tag == "" || tag == "-" {
				continue
			}
			sub, typ := join(path, tag), field.Type
			fields[sub] = typ
			switch {
			case typ.Kind() == reflect.Struct && !strings.Contains(typ.PkgPath(), "yaml"):
				walk(sub, typ)
			case typ.Kind() == reflect.Slice && typ.Elem().Kind() == reflect.Struct:
				walk(sub+"[]", typ.Elem())
			}
		}
	}
	walk("", reflect.TypeFor[File]())

	fits := map[form][]string{
		lineForm: {"string"}, shellForm: {"string"}, flagForm: {"bool", "*bool"}, listForm: {"[]string"}, wordsForm: {"[]string"},
		pairsForm: {"map[string]string"}, scriptsForm: {"map[string]string"}, stopForm: {"string"}, linesForm: {"[]string"},
		treeForm: {"yaml.Node"},
		tableForm: {"config.Dependencies", "config.Build", "config.Check", "config.Run", "config.Log", "config.Health", "config.Start",
			"config.Static"},
		tablesForm: {"[]config.FileEntry", "[]config.Service", "[]config.Command", "[]config.Subpackage"},
	}
	for _, k := range keys {
		typ, ok := fields[k.path]
		if !ok {
			t.Errorf("%s is in the table, and no field has it", k.path)
			continue
		}
		delete(fields, k.path)
		if !strings.Contains(" "+strings.Join(fits[k.form], " ")+" ", " "+typ.String()+" ") {
			t.Errorf("%s: form %s does not fit %s", k.path, forms[k.form], typ)
		}
		if !strings.HasSuffix(k.meaning, ".") || k.example == "" {
			t.Errorf("%s needs a meaning and an example", k.path)
		}
	}
	for path := range fields {
		t.Errorf("%s is a field, and not in the table", path)
	}
	for from, to := range elsewhere {
		if _, ok := keyAt(to); !ok {
			t.Errorf("%s is suggested for %s, and is not in the table", to, from)
		}
		if _, ok := keyAt(from); ok {
			t.Errorf("%s is a key itself", from)
		}
	}
}

func TestNearest(t *testing.T) {
	for word, want := range map[string]string{
		"nam": "name", "Name": "name", "naem": "name", "strip-binary": "strip_binary", "strip_binaries": "strip_binary",
		"destinatoins": "destinations", "zzz": "", "a": "", strings.Repeat("name", 20): "",
	} {
		if got := Nearest(word, []string{"name", "strip_binary", "destinations"}); got != want {
			t.Errorf("%.20s: %q, want %q", word, got, want)
		}
	}
}
