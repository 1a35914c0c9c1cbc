// Package matrix computes the jobs of a workflow that builds the applications of a repository: one job for each application and
// architecture, in waves if one package needs another.
package matrix

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pakman/build/pkg/config"
)

// MaxLegs is GitHub's limit for the jobs of one matrix.
const MaxLegs = 256

// Application describes an application for the matrix.
type Application struct {
	Name      string                      // of its package
	Directory string                      // value of the action's input directory
	Pos       func(key string) config.Pos // returns the position of a key in its file
	Arches    []string                    // Alpine's names; only noarch if the package is the same for all
	Provides  []string                    // names that dependencies on its packages use, including Name
	Build     []string                    // dependencies of the build
	Runtime   []string                    // dependencies of its packages
}

// Leg is one job. Its JSON is an entry of `strategy.matrix`.
type Leg struct {
	Name      string `json:"name"`
	Directory string `json:"directory"`
	Arch      string `json:"arch"`
	Runner    string `json:"runner"` // label for runs-on
	Wave      int    `json:"wave"`   // from 0; it needs only packages of lower waves
}

// Matrix is the value of `strategy.matrix`.
type Matrix struct {
	Include []Leg `json:"include"`
}

// String returns the JSON in one line.
func (m Matrix) String() string { return text(m) }

// Waves holds one matrix per wave.
type Waves []Matrix

// String returns the JSON in one line.
func (w Waves) String() string { return text(w) }

func text(v any) string {
	out, err := json.Marshal(v)
	if err != nil {
		return "" // cannot happen with these types
	}
	return string(out)
}

// New returns the jobs, ordered by wave and then by application. The error is config.Faults if the cause is in a file.
func New(all []Application, runners Runners) (Matrix, error) {
	waves, err := order(all)
	if err != nil {
		return Matrix{}, err
	}
	m := Matrix{Include: []Leg{}} // not null, which GitHub rejects
	var faults config.Faults
	for i, a := range all {
		for _, arch := range a.Arches {
			label, ok := runners.Label(arch)
			if !ok {
				faults = append(faults, config.Fault{
					Pos: a.Pos("architectures"), Key: "architectures", Message: "GitHub has no runner for " + arch,
					Hint: fmt.Sprintf("Name your own runner (the input runners, or --runner: `%s=LABEL`), or remove the architecture",
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
		return Matrix{}, fmt.Errorf("the matrix has %d jobs, and GitHub runs %d at most: build only what has changed (the input base, "+
			"or --changed-since), fewer architectures (arch), or several applications in one job (the input directory takes a list)", n,
			MaxLegs)
	}
	slices.SortStableFunc(m.Include, func(a, b Leg) int { return cmp.Compare(a.Wave, b.Wave) })
	return m, nil
}

// Waves groups the jobs by their wave.
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
