package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/sandbox"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

// ownFile is the name of an APKBUILD of the user's own, which is built as it is where there is no
// YAML file.
const ownFile = "APKBUILD"

// isOwn reports whether the file that find returned is an APKBUILD.
func isOwn(file string) bool { return filepath.Base(file) == ownFile }

// findOwn returns the APKBUILD of a directory without a YAML file; missing says what to do where
// there is none either.
func findOwn(dir string, missing error) (string, error) {
	file := filepath.Join(dir, ownFile)
	if _, err := os.Stat(file); err != nil {
		return "", missing
	}
	return file, nil
}

// newOwnPlan plans the build of the APKBUILD file in dir. PACKAGER of the environment is taken, as abuild takes it.
func newOwnPlan(ctx context.Context, in Input, dir, file string) (*Plan, error) {
	facts, err := source.Inspect(ctx, dir, in.Getenv, in.Outputs...)
	if err != nil {
		return nil, err
	}
	text, err := os.ReadFile(file) //#nosec G304 -- the user's file
	if err != nil {
		return nil, usererror.Input(err)
	}
	seconds, err := epoch(in, max(0, facts.Time.Unix()))
	if err != nil {
		return nil, err
	}
	vars, err := describe(ctx, in, dir, file, facts, seconds)
	if err != nil {
		return nil, err
	}
	r, err := recipe.FromAPKBUILD(recipe.APKBUILD{Path: file, Text: string(text), Vars: vars}, facts, in.Recipe)
	if err != nil {
		return nil, usererror.Input(err)
	}
	r.Epoch = seconds
	return &Plan{
		Dir: dir, Config: &config.File{Path: file}, Facts: facts, Recipe: r, Packager: in.Getenv("PACKAGER"),
		Directory: apkbuild.Directory{{Name: ownFile, Mode: 0o644, Body: text}}, Own: true, vars: vars,
	}, nil
}

// describe reads the APKBUILD's variables, in a copy of its own, which nothing is built from: the shell that reads it may run as
// another user. That user and root alone can read the copy.
func describe(ctx context.Context, in Input, dir, file string, facts source.Facts, seconds int64) (map[string]string, error) {
	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	arch := apk.HostArch()
	if len(in.Recipe.Arches) > 0 && in.Recipe.Arches[0] != "noarch" {
		arch = in.Recipe.Arches[0]
	}
	own := filepath.Join(work.dir, "apkbuild")
	j := builder.Job{Inputs: builder.Inputs{Arch: arch, Env: in.Env, Epoch: seconds}, Run: builder.Run{
		Dir: filepath.Join(own, "build"), TempDir: filepath.Join(own, "tmp"), Workspace: own, Outer: in.Getenv, Log: io.Discard,
	}}
	if j.Hide, err = hiddenPaths(&Plan{Dir: dir, Facts: facts}, in.Hidden.Keys, slices.Concat(in.Outputs, in.Hidden.Places)); err != nil {
		return nil, err
	}
	// Chmod, because the account passes through whatever this process's umask.
	err = errors.Join(os.Mkdir(own, 0o700), os.Mkdir(j.TempDir, 0o700), os.Chmod(j.TempDir, 0o755)) //#nosec G302 -- own is closed
	if err != nil {
		return nil, err
	}
	without := []string{"/src/", "/pkg/", "*.rsa"}
	if err := source.Copy(ctx, j.Dir, dir, source.CopyOptions{
		Outputs: in.Outputs, Exclude: without, Getenv: in.Getenv, Keys: in.Hidden.Keys, KeyTexts: in.Hidden.KeyTexts,
	}); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(j.Dir, ownFile)); err != nil {
		return nil, usererror.Input(fmt.Errorf("%s: git ignores it, so it is not part of the sources: add it to git", file))
	}
	vars, err := native.Builder{}.Describe(ctx, j)
	if refused, ok := errors.AsType[*builder.RefusedError](err); ok {
		places := strings.NewReplacer(j.Dir+"/", dir+"/", sandbox.Seen+"/build/", dir+"/")
		return nil, usererror.Input(unreadable(file, places.Replace(refused.What)))
	}
	return vars, err
}

// shellLine is how shells name the line of an error: "APKBUILD: 7: …", "APKBUILD: line 7: …", and dash of an expansion
// "driver.sh: 7: ./APKBUILD: …".
var shellLine = regexp.MustCompile(ownFile + `: (?:line )?([0-9]+): |: ([0-9]+): \./` + ownFile + `: `)

// unreadable returns the shell's complaint the place that it names.
func unreadable(file, complaint string) error {
	fault := config.Fault{Pos: config.Pos{File: file}, Message: complaint, Hint: "Try it with `sh -n " + ownFile + "`"}
	if match := shellLine.FindStringSubmatch(complaint); match != nil {
		if line, err := strconv.Atoi(match[1] + match[2]); err == nil {
			fault.Pos.Line, fault.Pos.Column = line, 1
		}
	}
	return config.Faults{fault}
}

// locateOwn returns an error of the build with its place in the user's own APKBUILD.
func locateOwn(err error, p *Plan) error {
	if failed, ok := errors.AsType[*builder.CommandError](err); ok {
		function := regexp.MustCompile(`(?m)^[\t ]*(` + regexp.QuoteMeta(failed.Function) + `)[\t ]*\(\)`)
		return &usererror.BuildError{Pos: recipe.PlaceOf(p.Config.Path, string(p.Directory[0].Body), function), Err: failed}
	}
	if refused, ok := errors.AsType[*builder.RefusedError](err); ok {
		return config.Faults{{Pos: lineOf(p.Config.Path, refused.Line), Message: refused.What}}
	}
	return err
}

// lineOf names a line of a file, or the file.
func lineOf(file string, line int) config.Pos {
	if line == 0 {
		return config.Pos{File: file}
	}
	return config.Pos{File: file, Line: line, Column: 1}
}
