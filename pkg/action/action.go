// Package action implements the GitHub action: inputs from the environment, annotations and groups in the log, step outputs and
// the job summary. The pipeline does the work itself.
package action

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/sethvargo/go-githubactions"

	"github.com/pakman/build/pkg/config"
	waits "github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/internal/visible"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store/open"
)

// Main runs the action and returns the exit code. A failure is annotated on the line that the user can fix.
func Main(ctx context.Context, env process.Env) int {
	env.Stdout = visible.NewWriter(env.Stdout)
	env.Stdout = plainOnForge(env)
	gha := githubactions.New(githubactions.WithWriter(env.Stdout), githubactions.WithGetenv(env.Getenv))
	s, err := readSettings(ctx, gha, env)
	if err != nil {
		return finish(env, gha, s, nil, err)
	}
	defer giveBack(made(s.build.Output, open.Directory(s.build.Bucket.URL), s.build.Cache.Dir))
	console := newConsole(gha, env.Stdout)
	console.forge = s.github.host.Forge()
	console.mask(s.build.Secrets...)
	s.build.Bucket.Config.Learned = func(got secret.String) { console.mask(got.Reveal()) }
	for _, name := range unknownInputs(env.Environ) {
		console.Warn(config.Fault{Warning: true, Message: mistaken(name)})
	}
	for _, fault := range itself(s, env.Getenv) {
		console.Warn(fault)
	}
	if env.Getenv("RUNNER_DEBUG") == "1" {
		s.debug(env, console)
	}
	s.useRunnerCache(env.Getenv, console)
	rep, err := run(waits.TellWaits(ctx, console), env, s, console)
	console.close()
	if err != nil && ctx.Err() != nil {
		err = errors.New("cancelled; nothing was published")
	}
	return finish(env, gha, s, rep, err)
}

// run runs the command that the input names.
func run(ctx context.Context, env process.Env, s *settings, console *console) (*report.Report, error) {
	if maintain := maintenanceCommands[s.command]; maintain != nil {
		return nil, maintain(ctx, env, s, console)
	}
	switch {
	case s.github.idle:
		console.Info("%s: nothing is built or published", s.github.withheld)
		return nil, writeValues(env, map[string]string{"changed": "false"})
	case s.github.withheld != "":
		console.Info("%s: the packages are not published", s.github.withheld)
	}
	switch {
	case s.command == "build":
		return s.recorded(ctx, console, func() (*report.Report, error) {
			rep, err := pipeline.BuildAndDeploy(ctx, s.build, s.deploy, console)
			if err != nil {
				return rep, err
			}
			return rep, s.release(ctx, rep, console)
		})
	case s.command == "publish" && s.github.withheld == "":
		o := s.publishing()
		o.Then = func(ctx context.Context, rep *report.Report) error { return s.release(ctx, rep, console) }
		return s.recorded(ctx, console, func() (*report.Report, error) { return pipeline.Publish(ctx, o, console) })
	case s.command == "deploy" && s.github.withheld == "":
		return s.recorded(ctx, console, func() (*report.Report, error) { return pipeline.Deploy(ctx, s.delivery(), console) })
	case s.command == "release" && s.github.withheld == "":
		return nil, s.publishDraft(ctx, env, console)
	case s.command == "publish", s.command == "deploy", s.command == "release":
		return nil, writeValues(env, map[string]string{"changed": "false"})
	}
	return nil, unknownCommand(s.command)
}

// finish reports the failure and the packages. There are both if some of several applications failed.
func finish(env process.Env, gha *githubactions.Action, s *settings, rep *report.Report, err error) int {
	var told error
	if err != nil {
		annotate(gha, err)
		told = writeSummary(env, failure(err))
	}
	if rep != nil {
		told = errors.Join(told, tell(env, s, rep))
	}
	if told != nil {
		annotate(gha, told)
	}
	if err != nil || told != nil {
		return 1
	}
	return 0
}

// tell writes the outputs and the summary. Paths are relative to the workspace, because later steps see it in another place
// than this container does.
func tell(env process.Env, s *settings, rep *report.Report) error {
	for i, p := range rep.Packages {
		rep.Packages[i].File = fromHere(p.File)
	}
	checksums, err := writeChecksums(s.build.Output, rep)
	if err := errors.Join(err, writeOutputs(env, rep, checksums)); err != nil {
		return err
	}
	if err := rep.Text(inert(env.Stdout)); err != nil {
		return err
	}
	return writeSummary(env, rep.Markdown)
}

// fromHere returns the relative path of a file in the current directory, which is the workspace. Other paths stay as they are.
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

// unknownCommand says which commands there are. Workflows of the original PAKman have its commands.
func unknownCommand(command string) error {
	if slices.Contains([]string{"bootstrap", "create_deployment", "push"}, command) {
		return fmt.Errorf("input command: %q is a command of the original PAKman: remove `command:`, because build does everything, and "+
			"see docs/instellar.md, which shows this workflow in its new form", command)
	}
	return errors.New("input command: " +
		config.NotOneOf(command, "build", "publish", "deploy", "release", "matrix", "check", "verify", "prune"))
}
