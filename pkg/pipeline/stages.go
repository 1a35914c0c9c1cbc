package pipeline

import (
	"errors"
	"time"

	"github.com/pakman/build/pkg/report"
)

// watch times the stages of a run and announces them.
type watch struct {
	console Console
	began   time.Time
	stages  []report.Stage
}

func newWatch(console Console) *watch { return &watch{console: console} }

// stage ends the running stage and begins the next.
func (w *watch) stage(title string) {
	w.end()
	w.console.Stage(title)
	w.stages = append(w.stages, report.Stage{Name: title})
	w.began = time.Now()
}

func (w *watch) end() {
	if n := len(w.stages); n > 0 && !w.began.IsZero() {
		w.stages[n-1].Seconds = time.Since(w.began).Seconds()
		w.began = time.Time{}
	}
}

// stop ends the last stage and gives them all.
func (w *watch) stop() []report.Stage {
	w.end()
	return w.stages
}

// split returns a watch for each of the plans, which are built at once: w itself for one alone.
func (w *watch) split(plans []*Plan) []*watch {
	if len(plans) == 1 {
		return []*watch{w}
	}
	w.stage("build")
	shared := &lanes{console: w.console}
	watches := make([]*watch, len(plans))
	for i, p := range plans {
		shared.width = max(shared.width, len(p.Recipe.Name))
		watches[i] = newWatch(&lane{lanes: shared, name: p.Recipe.Name})
	}
	return watches
}

// merge ends the watches that split gave, and takes in their stages by the names of their applications.
func (w *watch) merge(watches []*watch) error {
	w.end()
	var errs []error
	for _, other := range watches {
		if l, ok := other.console.(*lane); ok && other != w {
			for _, s := range other.stop() {
				w.stages = append(w.stages, report.Stage{Name: l.name + ": " + s.Name, Seconds: s.Seconds})
			}
			errs = append(errs, l.end())
		}
	}
	return errors.Join(errs...)
}
