package pipeline

import (
	"reflect"
	"slices"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/recipe"
)

// Every field of a job makes another build, but those that say where it happens.
func TestDigestOfJob(t *testing.T) {
	plan := &Plan{Recipe: &recipe.Recipe{Branch: "v3.24"}}
	tg := target{builder: native.Builder{}, machine: "m"}
	dir, other := t.TempDir(), t.TempDir()
	of := func(tg target, j builder.Job) string {
		t.Helper()
		d, err := tg.digest(plan, j)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	first := of(tg, builder.Job{Dir: dir})
	fields := reflect.TypeFor[builder.Job]()
	for _, name := range circumstances {
		if _, ok := fields.FieldByName(name); !ok {
			t.Errorf("a job has no %s", name)
		}
	}
	for i := range fields.NumField() {
		j := builder.Job{Dir: dir}
		name, v := fields.Field(i).Name, reflect.ValueOf(&j).Elem().Field(i)
		switch v.Kind() {
		case reflect.String:
			v.SetString(other)
		case reflect.Int, reflect.Int64:
			v.SetInt(7)
		case reflect.Bool:
			v.SetBool(true)
		case reflect.Map:
			v.Set(reflect.ValueOf(map[string]string{"A": "1"}))
		default:
			if !slices.Contains(circumstances, name) {
				t.Errorf("%s is of a kind that this test does not know", name)
			}
			continue
		}
		if same := of(tg, j) == first; same != slices.Contains(circumstances, name) {
			t.Errorf("another %s: the same digest is %v", name, same)
		}
	}
	for name, j := range map[string]builder.Job{
		"environment": {Dir: dir, Outer: func(name string) string { return map[string]string{"GOPROXY": "off"}[name] }},
	} {
		if of(tg, j) == first {
			t.Errorf("another %s has the same digest", name)
		}
	}
	tg.machine = "other"
	if of(tg, builder.Job{Dir: dir}) == first {
		t.Error("another machine has the same digest")
	}
}
