package pipeline

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/native"
)

// fill sets the field to a value that is not its zero value, and reports whether it knows how.
func fill(v reflect.Value, text string) bool {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Int, reflect.Int64:
		v.SetInt(7)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Map:
		v.Set(reflect.ValueOf(map[string]string{"A": "1"}))
	default:
		return false
	}
	return true
}

// Every input of a job makes another build, and so do its machine, environment, release and files; where it runs does not.
func TestDigestOfJob(t *testing.T) {
	tg := toolset{builder: native.Builder{}, machine: "m"}
	dir, same := t.TempDir(), t.TempDir()
	for _, d := range []string{dir, same} {
		if err := os.WriteFile(filepath.Join(d, "APKBUILD"), []byte("pkgname=a"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	of := func(tg toolset, branch string, j builder.Job) string {
		t.Helper()
		d, err := jobDigest(tg, branch, j)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	job := func() builder.Job { return builder.Job{Run: builder.Run{Dir: dir}} }
	first := of(tg, "v3.24", job())
	for field := range reflect.TypeFor[builder.Inputs]().Fields() {
		j := job()
		if !fill(reflect.ValueOf(&j.Inputs).Elem().FieldByIndex(field.Index), "other") {
			t.Errorf("%s is of a kind that this test does not know", field.Name)
		}
		if of(tg, "v3.24", j) == first {
			t.Errorf("another %s has the same digest", field.Name)
		}
	}
	for field := range reflect.TypeFor[builder.Run]().Fields() {
		j := job()
		if fill(reflect.ValueOf(&j.Run).Elem().FieldByIndex(field.Index), same) && of(tg, "v3.24", j) != first {
			t.Errorf("another %s has another digest", field.Name)
		}
	}
	j := job()
	j.Outer = func(name string) string { return map[string]string{"GOPROXY": "off"}[name] }
	if of(tg, "v3.24", j) == first {
		t.Error("another environment has the same digest")
	}
	if of(tg, "edge", job()) == first {
		t.Error("another release has the same digest")
	}
	if of(toolset{builder: tg.builder, machine: "other"}, "v3.24", job()) == first {
		t.Error("another machine has the same digest")
	}
	if err := os.WriteFile(filepath.Join(dir, "APKBUILD"), []byte("pkgname=b"), 0o600); err != nil {
		t.Fatal(err)
	}
	if of(tg, "v3.24", job()) == first {
		t.Error("other files have the same digest")
	}
}
