// Package matrix spreads the applications of a repository over the jobs of a workflow: one for each application and
// architecture, in waves where one package needs another.
package matrix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pakman/build/pkg/config"
)

// MaxLegs is how many jobs GitHub runs for one matrix.
const MaxLegs = 256

// Application is what a matrix needs to know of one.
type Application struct {
	Name      string                      // its package
	Directory string                      // what the action's input directory is given
	Pos       func(key string) config.Pos // of a key in its file
	Arches    []string                    // Alpine's names; noarch alone for what is the same everywhere
	Provides  []string                    // names that its packages can be asked for by, Name itself among them
	Build     []string                    // dependencies of the build
	Runtime   []string                    // dependencies of its packages
}

// Leg is one job: its JSON is what `strategy.matrix` takes.
type Leg struct {
	Name      string `json:"name"`
	Directory string `json:"directory"`
	Arch      string `json:"arch"`
	Runner    string `json:"runner"` // label for runs-on
	Wave      int    `json:"wave"`   // from 0: it needs packages of lower waves alone
}

// Matrix is the value of `strategy.matrix`.
type Matrix struct {
	Include []Leg `json:"include"`
}

// String is its JSON, in one line.
func (m Matrix) String() string { return text(m) }

// Waves is the legs wave by wave.
type Waves []Matrix

// String is its JSON, in one line.
func (w Waves) String() string { return text(w) }

func text(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return "" // no type here can fail to be written
	}
	return string(out)
}

// New returns the legs, in the order of their waves and then of the applications. Its error is config.Faults where a
// file is at fault.
func New(all []Application, runners Runners) (Matrix, error) {
	waves, err := order(all)
	if err != nil {
		return Matrix{}, err
	}
	m := Matrix{Include: []Leg{}} // not null, which GitHub does not take
	var faults config.Faults
	for i, a := range all {
		for _, arch := range a.Arches {
			label, ok := runners.Label(arch)
			if !ok {
				faults = append(faults, config.Fault{
					Pos: a.Pos("architectures"), Key: "architectures", Message: "GitHub has no runner for " + arch,
					Hint: fmt.Sprintf("Name one of your own (the input runners, or --runner: `%s=LABEL`), or leave the architecture out",
						arch),
				})
			}
			m.Include = append(m.Include, Leg{Name: a.Name, Directory: a.Directory, Arch: arch, Runner: label, Wave: waves[i]})
		}
	}
	if len(faults) > 0 {
		return Matrix{}, faults
	}
	if n := len(m.Include); n > MaxLegs {
		return Matrix{}, fmt.Errorf("the matrix has %d jobs, and GitHub runs %d at most: build what has changed alone (the input base, "+
			"or --changed-since), or fewer architectures (arch), or several applications in one job (the input directory takes a list)", n,
			MaxLegs)
	}
	slices.SortStableFunc(m.Include, func(a, b Leg) int { return cmp.Compare(a.Wave, b.Wave) })
	return m, nil
}

// Waves parts the legs by their wave.
func (m Matrix) Waves() Waves {
	waves := Waves{}
	for _, leg := range m.Include {
		for leg.Wave >= len(waves) {
			waves = append(waves, Matrix{})
		}
		waves[leg.Wave].Include = append(waves[leg.Wave].Include, leg)
	}
	return waves
}
