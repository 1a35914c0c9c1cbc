package pipeline

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/abuild"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/usererror"
)

// switchAlpine brings the Alpine that abuild builds on to the release that the plans are for, where it may be changed. Elsewhere
// another release is a mistake: what is linked to one release's libraries does not belong in the repository of another.
// byOption: --alpine names the release, and not the file.
func switchAlpine(ctx context.Context, machine abuild.Machine, plans []*Plan, with builder.Builder, may, byOption bool,
	out console.Console) error {
	warnOfReleases(plans, byOption, time.Now(), out)
	if with.Name() != (abuild.Builder{}).Name() {
		return nil
	}
	have, err := machine.Branch()
	if have == "" || err != nil {
		return err
	}
	first, want := plans[0], plans[0].Recipe.Branch
	for _, p := range plans[1:] {
		if p.Recipe.Branch != want {
			return refused(aboutRelease(p, byOption, "Build them one after the other, or in separate jobs",
				"%s is for Alpine %s, and %s for %s: abuild builds for one release at a time", p.Recipe.Name, p.Recipe.Branch,
				first.Recipe.Name, want))
		}
	}
	if have == want {
		return nil
	}
	if !may {
		return refused(aboutRelease(first, byOption, fmt.Sprintf(
			"Build for %s with `--alpine %s`, use a machine with %s, pass `--switch-alpine` if this machine is temporary, or "+
				"`--builder native`", have, have, want),
			"the packages must be for Alpine %s, and abuild runs on Alpine %s here", want, have))
	}
	if err := abuild.CheckAge(want); err != nil {
		return refused(aboutRelease(first, byOption, "Choose one of these, or `--builder native`", "%v", err))
	}
	if os.Geteuid() != 0 && machine.Root == "" {
		return refused(aboutRelease(first, byOption, "Start it as root", "only root may switch this Alpine from %s to %s", have, want))
	}
	out.Info("switching this container from Alpine %s to %s", have, want)
	return machine.Switch(ctx, want)
}

// warnOfReleases warns of each release that this program does not know yet, and of each that Alpine does not update any more.
func warnOfReleases(plans []*Plan, byOption bool, now time.Time, out console.Console) {
	seen := map[string]bool{}
	for _, p := range plans {
		branch := p.Recipe.Branch
		if seen[branch] {
			continue
		}
		seen[branch] = true
		ended, next := recipe.EndOfLife(branch, now)
		var warning config.Fault
		switch {
		case recipe.IsNewer(branch):
			warning = aboutRelease(p, byOption, "Update PAKman, or check whether Alpine has that release",
				"%s is newer than the releases of Alpine that this version of PAKman knows", branch)
		case ended != "":
			warning = aboutRelease(p, byOption, fmt.Sprintf("Upgrade the machines, and then build for %s or newer", next),
				"Alpine %s has had no security updates since %s", branch, ended)
		default:
			continue
		}
		warning.Warning = true
		out.Warn(warning)
	}
}

// aboutRelease returns a fault at the place that names the release.
func aboutRelease(p *Plan, byOption bool, hint, format string, args ...any) config.Fault {
	f := config.Fault{Pos: p.Config.Pos("stack"), Key: "stack", Message: fmt.Sprintf(format, args...), Hint: hint}
	if byOption {
		f.Pos, f.Key = config.Pos{File: "--alpine"}, ""
	}
	return f
}

func refused(f config.Fault) error { return usererror.Input(config.Faults{f}) }
