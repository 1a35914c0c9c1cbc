package console_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/console/consoletest"
)

// Everything that one application shows bears its name, and lines of its output come whole; a warning names its file itself.
func TestPrefixed(t *testing.T) {
	out := &consoletest.Buffer{}
	p := console.NewPrefixed(out, "api")
	fmt.Fprint(p.Output(), "half")
	p.Info("%d files", 3)
	fmt.Fprint(p.Output(), " a line\nrest")
	p.Stage("build")
	p.Warn(config.Fault{Pos: config.Pos{File: "pakman.yml", Line: 1, Column: 2}, Key: "stack", Message: "old", Warning: true})
	p.Show("APKBUILD", "pkgname=api\n")
	fmt.Fprint(p.Output(), "end")
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	got := out.String()
	for _, want := range []string{
		"api: 3 files\napi | half a line\napi | rest\napi | ==> build\n", "pakman.yml:1:2: stack: old", "APKBUILD of api\npkgname=api\n",
		"api | end\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %q in\n%s", want, got)
		}
	}
}

// A line that does not end is not held back for ever.
func TestPrefixedLongLine(t *testing.T) {
	out := &consoletest.Buffer{}
	fmt.Fprint(console.NewPrefixed(out, "api").Output(), strings.Repeat("x", 100<<10))
	if out.Len() < 100<<10 {
		t.Errorf("%d bytes are shown", out.Len())
	}
}

// The stages are shown in their order, those of several applications under their names, and how long each took is known.
func TestStages(t *testing.T) {
	out := &consoletest.Buffer{}
	run := console.NewStages(out)
	run.Begin("plan")
	parts := run.Split([]string{"api", "web"})
	for _, p := range parts {
		p.Begin("build")
	}
	if err := run.Merge(parts); err != nil {
		t.Fatal(err)
	}
	run.Begin("publish")
	var names []string
	for _, s := range run.Stop() {
		names = append(names, s.Name)
		if s.Seconds < 0 {
			t.Errorf("%+v", s)
		}
	}
	all := strings.Join(names, ", ")
	for _, want := range []string{"plan", "api: build", "web: build"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
	if !strings.HasPrefix(all, "plan") || !strings.HasSuffix(all, "publish") || !strings.Contains(out.String(), "==> publish") {
		t.Errorf("%s\n%s", all, out)
	}
}

// terminal is a console that draws its last line again.
type terminal struct {
	consoletest.Buffer
	last string
	done bool
}

func (t *terminal) Redraw(text string, last bool) bool {
	t.last, t.done = text, last
	return true
}

// An upload is a bar on a terminal and a line for each quarter elsewhere; a small one is not worth either.
func TestUploadProgress(t *testing.T) {
	const total = 32 << 20
	on := &terminal{}
	show := console.UploadProgress(on)
	show(total/2, total)
	if !strings.Contains(on.last, "[###############...............]") || on.done {
		t.Errorf("%q, %v", on.last, on.done)
	}
	show(total, total)
	if strings.Contains(on.last, ".]") || !on.done || on.Len() > 0 {
		t.Errorf("%q, %v, %s", on.last, on.done, &on.Buffer)
	}
	lines := &consoletest.Buffer{}
	show = console.UploadProgress(lines)
	for n := int64(0); n <= total; n += total / 64 {
		show(n, total)
	}
	if got := strings.Count(lines.String(), " sent\n"); got != 4 {
		t.Errorf("%d lines:\n%s", got, lines)
	}
	small := &consoletest.Buffer{}
	console.UploadProgress(small)(1<<20, 1<<20)
	if small.Len() > 0 {
		t.Errorf("%s", small)
	}
}
