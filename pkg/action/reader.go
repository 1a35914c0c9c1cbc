package action

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/sethvargo/go-githubactions"
)

// reader reads inputs, and collects the mistakes in them so that all are reported at once.
type reader struct {
	values  map[string]string
	secrets []string // the values of secret inputs
	getenv  func(string) string
	errs    []error
}

func newReader(gha *githubactions.Action, getenv func(string) string) *reader {
	in := &reader{values: map[string]string{}, getenv: getenv}
	for _, input := range inputs {
		v := gha.GetInput(input.Name)
		if v == "" || v == input.Default {
			v = input.usual()
		}
		if input.Path {
			v = inContainer(v, getenv)
		}
		in.values[input.Name] = v
		if input.Secret && v != "" {
			in.secrets = append(in.secrets, v)
		}
	}
	return in
}

// err returns all mistakes.
func (in *reader) err() error { return errors.Join(in.errs...) }

// check notes a mistake in the input.
func (in *reader) check(name string, err error) {
	if err != nil {
		in.errs = append(in.errs, fmt.Errorf("input %s: %w", name, err))
	}
}

// text returns the value of an input.
func (in *reader) text(name string) string { return in.values[name] }

// lines returns the lines of an input that takes several values, without empty ones.
func (in *reader) lines(name string) []string { return lines(in.values[name]) }

// count returns a non-negative integer, 0 by default.
func (in *reader) count(name string) int {
	n, err := count(in.values[name])
	in.check(name, err)
	return n
}

// bool returns a boolean. A mistake is noted once, although several settings may read the input.
func (in *reader) bool(name string) bool {
	on, err := boolean(in.values[name])
	if err != nil {
		in.check(name, err)
		in.values[name] = "false"
	}
	return on
}

// duration returns a positive duration.
func (in *reader) duration(name string) time.Duration {
	d, err := duration(in.values[name])
	in.check(name, err)
	return d
}

// release returns the package release: the input's, else the number of the workflow run.
func (in *reader) release() int {
	if in.values["release"] != "" {
		return in.count("release")
	}
	n, err := count(in.getenv("GITHUB_RUN_NUMBER"))
	if err != nil {
		in.errs = append(in.errs, fmt.Errorf("GITHUB_RUN_NUMBER: %w", err))
	}
	return n
}

// inContainer returns paths, one per line, as this container has them: a workflow that writes ${{ github.workspace }} or
// ${{ runner.temp }} names the directories of the runner's machine, which does not translate inputs.
func inContainer(paths string, getenv func(string) string) string {
	lines := strings.Split(paths, "\n")
	for i, line := range lines {
		_, name, _ := strings.Cut(getenv("GITHUB_REPOSITORY"), "/")
		machine := getenv("RUNNER_WORKSPACE") // …/work/NAME, beside …/work/_temp
		for from, to := range map[string]string{
			filepath.Join(machine, name):                  getenv("GITHUB_WORKSPACE"),
			filepath.Join(filepath.Dir(machine), "_temp"): getenv("RUNNER_TEMP"),
		} {
			path := strings.TrimSpace(line)
			rest, ok := strings.CutPrefix(path, from)
			if machine == "" || to == "" || from == to || !ok || rest != "" && rest[0] != '/' {
				continue
			}
			if _, err := os.Stat(from); err != nil { // on the machine itself it is there
				lines[i] = to + rest
			}
		}
	}
	return strings.Join(lines, "\n")
}
