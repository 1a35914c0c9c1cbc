package console

import (
	"errors"
	"time"

	"github.com/pakman/build/pkg/report"
)

// Stages times the stages of a run and announces them on its console.
type Stages struct {
	Console
	began time.Time
	done  []report.Stage
}

// NewStages returns the stages of a run that has not begun.
func NewStages(c Console) *Stages { return &Stages{Console: c} }

// Begin ends the running stage and begins the next.
func (s *Stages) Begin(title string) {
	s.end()
	s.Stage(title)
	s.done = append(s.done, report.Stage{Name: title})
	s.began = time.Now()
}

func (s *Stages) end() {
	if n := len(s.done); n > 0 && !s.began.IsZero() {
		s.done[n-1].Seconds = time.Since(s.began).Seconds()
		s.began = time.Time{}
	}
}

// Stop ends the last stage and returns all of them.
func (s *Stages) Stop() []report.Stage {
	s.end()
	return s.done
}

// Split returns the stages of each of several applications that are built at once: s itself for one alone.
func (s *Stages) Split(names []string) []*Stages {
	if len(names) == 1 {
		return []*Stages{s}
	}
	s.Begin("build")
	shared := &sharedConsole{console: s.Console}
	split := make([]*Stages, len(names))
	for i, name := range names {
		shared.width = max(shared.width, len(name))
		split[i] = NewStages(&Prefixed{sharedConsole: shared, name: name})
	}
	return split
}

// Merge ends the stages that Split returned, and adds them to s under the names of their applications.
func (s *Stages) Merge(split []*Stages) error {
	s.end()
	var errs []error
	for _, other := range split {
		if p, ok := other.Console.(*Prefixed); ok && other != s {
			for _, stage := range other.Stop() {
				s.done = append(s.done, report.Stage{Name: p.name + ": " + stage.Name, Seconds: stage.Seconds})
			}
			errs = append(errs, p.Close())
		}
	}
	return errors.Join(errs...)
}
