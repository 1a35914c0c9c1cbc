package action

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/usererror"
)

// maintenanceCommands are the commands that neither build nor publish.
var maintenanceCommands = map[string]func(context.Context, process.Env, *settings, *console) error{
	"matrix": spread, "check": check, "verify": verify, "prune": prune,
}

// check checks the YAML file of each directory.
func check(ctx context.Context, _ process.Env, s *settings, console *console) error {
	dirs := s.build.Dirs
	if len(dirs) == 0 {
		dirs = []string{""} // that of config, else the workspace
	}
	var failed usererror.Failures
	for _, dir := range dirs {
		in := s.build.Input
		in.Dir = dir
		warnings, err := pipeline.Check(ctx, in)
		for _, w := range warnings {
			console.Warn(w)
		}
		if err != nil {
			failed = append(failed, usererror.Failure{Err: err})
		}
	}
	if len(failed) > 0 {
		return failed
	}
	console.Info("%d checked: no mistakes", len(dirs))
	return nil
}

// repositories returns the repositories of the bucket.
func (s *settings) repositories() (pipeline.Repositories, error) {
	if s.build.Bucket.URL == "" {
		return pipeline.Repositories{}, fmt.Errorf("command %s: the input bucket is required (and publish must not be false)", s.command)
	}
	return pipeline.Repositories{
		URL: s.build.Bucket.URL, Config: s.build.Bucket.Config, Alpine: s.build.Recipe.Alpine, Repository: s.build.Recipe.Repository,
		Arches: s.build.Recipe.Arches,
	}, nil
}

// verify checks the whole bucket; every fault is an annotation.
func verify(ctx context.Context, env process.Env, s *settings, console *console) error {
	r, err := s.repositories()
	if err != nil {
		return err
	}
	found, err := pipeline.Verify(ctx, r, s.trusted, nil, console)
	if err != nil {
		return err
	}
	for _, n := range found.Notes {
		console.Warn(config.Fault{Warning: true, Message: n.String()})
	}
	var failed usererror.Failures
	for _, f := range found.Faults {
		failed = append(failed, usererror.Failure{Err: errors.New(f.String())})
	}
	lines := []string{fmt.Sprintf("%d indexes, %d packages, %s read: %d faults", len(found.Indexes), found.Packages,
		report.Bytes(found.Bytes), len(failed))}
	for _, k := range found.Keys {
		lines = append(lines, fmt.Sprintf("key %s, SHA-256 %s", k.Name, k.Fingerprint))
	}
	if len(failed) > 0 {
		console.Info("%s", strings.Join(lines, "; "))
		return failed // with which the summary begins
	}
	return told(env, console, "Verification", lines)
}

// prune removes old versions.
func prune(ctx context.Context, env process.Env, s *settings, console *console) error {
	if s.github.withheld != "" {
		console.Info("%s: nothing is pruned", s.github.withheld)
		return nil
	}
	r, err := s.repositories()
	if err != nil {
		return err
	}
	request := s.prune
	request.Retention, request.IndexOptions = s.build.Bucket.Retention, s.build.Bucket.Index
	done, err := pipeline.Prune(ctx, pipeline.Keeping{Repositories: r, Key: s.build.Key, WithoutPage: s.build.Bucket.WithoutPage}, request,
		console)
	if err != nil {
		return err
	}
	retired, deleted := "left the index", "deleted"
	if request.DryRun {
		retired, deleted = "would leave the index", "would be deleted"
	}
	lines := []string{fmt.Sprintf("%d %s, %d wait, %d %s", len(done.Retired), retired, len(done.Waiting), len(done.Deleted), deleted)}
	for _, p := range done.Retired {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", retired, p.URL, report.Bytes(p.Size)))
	}
	for _, p := range done.Deleted {
		lines = append(lines, fmt.Sprintf("%s: %s (%s)", deleted, p.URL, report.Bytes(p.Size)))
	}
	return told(env, console, "Pruning", append(lines, done.Notes...))
}

// told writes lines to the log, and to the summary as many as fit there.
func told(env process.Env, console *console, title string, lines []string) error {
	for _, line := range lines {
		console.Info("%s", line)
	}
	const most = 500
	if more := len(lines) - most; more > 0 {
		lines = append(lines[:most:most], fmt.Sprintf("… and %d more", more))
	}
	return writeSummary(env, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "### %s\n\n%s\n", title, indented(strings.Join(lines, "\n")))
		return err
	})
}
