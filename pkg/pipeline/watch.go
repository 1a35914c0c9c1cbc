package pipeline

import (
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
	if n := len(w.stages); n > 0 {
		w.stages[n-1].Seconds = time.Since(w.began).Seconds()
	}
}

// stop ends the last stage and gives them all.
func (w *watch) stop() []report.Stage {
	w.end()
	return w.stages
}
