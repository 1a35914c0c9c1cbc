// Package action is the door that GitHub comes through: inputs from the environment, annotations
// and groups in the log, step outputs and the job summary. The work itself is the pipeline's.
package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/report"
)

// Env is the process as GitHub starts it.
type Env struct {
	Stdout   io.Writer
	Getenv   func(string) string
	Environ  []string
	Self     string // path of the program
	CacheDir string
}

// Main runs the action and gives the exit code. A failure is annotated where the user can mend it.
func Main(ctx context.Context, env Env) int {
	gha := githubactions.New(githubactions.WithWriter(env.Stdout), githubactions.WithGetenv(env.Getenv))
	console := newConsole(gha, env.Stdout)
	rep, err := run(ctx, env, gha, console)
	console.close()
	if err != nil && ctx.Err() != nil {
		err = errors.New("cancelled; nothing was published")
	}
	told := explain(env, gha, err)
	if rep != nil { // also where some of several applications failed
		told = errors.Join(told, tell(env, rep))
	}
	if told != nil {
		annotate(gha, told)
	}
	if err != nil || told != nil {
		return 1
	}
	return 0
}

// explain shows a failure, and begins the summary with it.
func explain(env Env, gha *githubactions.Action, err error) error {
	if err == nil {
		return nil
	}
	for _, cause := range pipeline.Causes(err) {
		annotate(gha, cause)
	}
	return writeSummary(env, failure(err))
}

// run does what the command input says.
func run(ctx context.Context, env Env, gha *githubactions.Action, console *console) (*report.Report, error) {
	s, err := readSettings(gha, env)
	if err != nil {
		return nil, err
	}
	for _, line := range maskLines(s.secrets) {
		gha.AddMask(line)
	}
	for _, name := range unknownInputs(env.Environ) {
		gha.Warningf("input %q is not one of this action's; see its action.yml", name)
	}
	switch s.command {
	case "build":
		defer giveBack(s.output, s.bucket.URL, s.cache.Dir)
		return pipeline.BuildAndDeploy(ctx, s.build(), s.deploy, console)
	case "publish":
		return pipeline.Publish(ctx, s.publishing(), console)
	case "deploy":
		return pipeline.Deploy(ctx, s.delivery(), console)
	}
	return nil, fmt.Errorf("input command: %q is not one of build, publish, deploy", s.command)
}

// tell writes the outputs and the summary. Files are named as seen from the workspace: the later steps
// see it elsewhere than this container does.
func tell(env Env, rep *report.Report) error {
	for i, p := range rep.Packages {
		rep.Packages[i].File = fromHere(p.File)
	}
	if err := writeOutputs(env, rep); err != nil {
		return err
	}
	if err := rep.Text(env.Stdout); err != nil {
		return err
	}
	return writeSummary(env, rep.Markdown)
}

// fromHere gives a path below the current directory, the workspace, relative to it.
func fromHere(path string) string {
	here, err := os.Getwd()
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(here, path); err == nil && filepath.IsLocal(rel) {
		return rel
	}
	return path
}

// giveBack gives directories that were written in the workspace to its owner: a container action
// runs as root, and files of root's break the later steps of the runner's user. A bucket that is
// no directory of the workspace is left alone.
func giveBack(dirs ...string) {
	owner, ok := ownerOf(".")
	if !ok || os.Geteuid() != 0 {
		return
	}
	for _, dir := range dirs {
		abs, err := filepath.Abs(strings.TrimPrefix(dir, "file://"))
		if err == nil && dir != "" && filepath.IsLocal(fromHere(abs)) {
			chownTree(abs, owner)
		}
	}
}
