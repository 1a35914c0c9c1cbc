package usererror

import (
	"errors"

	"github.com/pakman/build/pkg/config"
)

// FailedRun is a failed run as JSON.
type FailedRun struct {
	Error    string    `json:"error"` // everything that was found, as it is printed
	ExitCode int       `json:"exit-code"`
	Errors   []Problem `json:"errors"` // one by one
}

// Problem is one of the causes of a failure.
type Problem struct {
	Application string   `json:"application,omitempty"` // the package's name, if several were built
	File        string   `json:"file,omitempty"`
	Line        int      `json:"line,omitempty"` // from 1; absent: the file as a whole
	Column      int      `json:"column,omitempty"`
	Key         string   `json:"key,omitempty"` // of the YAML file: build.destinations[0]
	Message     string   `json:"message"`
	Hint        string   `json:"hint,omitempty"`    // what to do
	Command     string   `json:"command,omitempty"` // the line of the user's block that failed
	Output      []string `json:"output,omitempty"`  // the last lines of its output
}

// NewFailedRun returns err for the document of a run; exitCode is that of the run.
func NewFailedRun(err error, exitCode int) FailedRun {
	r := FailedRun{Error: Text(err), ExitCode: exitCode, Errors: []Problem{}}
	for _, cause := range Causes(err) {
		r.Errors = append(r.Errors, problems(cause)...)
	}
	return r
}

// problems returns what one cause consists of: each mistake of a YAML file is a problem of its own.
func problems(err error) []Problem {
	var application string
	if failure, ok := errors.AsType[Failure](err); ok {
		application = failure.Name
		err = failure.Err
	}
	var faults config.Faults
	var build *BuildError
	switch {
	case errors.As(err, &faults):
		var all []Problem
		for _, f := range faults {
			if !f.Warning {
				p := at(f.Pos, Problem{Application: application, Key: f.Key, Message: f.Message, Hint: f.Hint})
				all = append(all, p)
			}
		}
		return all
	case errors.As(err, &build):
		return []Problem{at(build.Pos, Problem{
			Application: application, Key: build.Key, Message: build.Err.Error(), Command: build.Command, Output: build.LastLines(),
		})}
	}
	return []Problem{{Application: application, Message: Text(err)}}
}

func at(pos config.Pos, p Problem) Problem {
	p.File, p.Line, p.Column = pos.File, pos.Line, pos.Column
	return p
}
