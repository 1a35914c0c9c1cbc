package pipeline

import (
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/abuild"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/matrix"
	"github.com/pakman/build/pkg/root"
	"github.com/pakman/build/pkg/sandbox"
	"github.com/pakman/build/pkg/usererror"
)

// Builders are the values of the builder option.
var Builders = []string{"auto", "abuild", "native", "root"}

// toolset is what builds, and for which architecture.
type toolset struct {
	builder builder.Builder
	arch    string
	roots   *root.Maker // of a builder that needs roots; nil: none
	missing string      // the package for whose lack on this machine a root was chosen
	machine string      // digest of the programs of this machine; empty: no cache asks for it
}

// choose returns the builder and the architecture that are asked for, once it has checked that this machine can build all plans. It
// looks for programs on that PATH.
func (o BuildOptions) choose(plans []*Plan, path string, out console.Console) (t toolset, err error) {
	name := o.Builder
	if auto := name == "" || name == "auto"; auto {
		if name, t.missing = chooseAutomatically(plans, path, o.Roots.Dir); t.missing != "" {
			out.Info("building in a root of Alpine, because this machine has no %s", t.missing)
		}
	}
	if t.builder, err = chooseBuilder(name); err != nil {
		return t, err
	}
	for _, p := range plans {
		if t.arch, err = chooseArch(p, o.Arch); err != nil {
			return t, err
		}
		if o.Native {
			if err := checkRunner(t.arch, p.Recipe.Arches); err != nil {
				return t, err
			}
		}
		if p.Recipe.Offline && !sandbox.CanCutNetwork() {
			return t, usererror.Input(p.fault("build.network", sandbox.ErrNetwork.Error(),
				"Remove the key, or build on a system that allows this"))
		}
	}
	return t, nil
}

// chooseAutomatically returns the name of a builder: abuild where it is on this process's PATH, native where what the plans depend
// on is on the build's or no root can be made and kept in the directory roots, and else root, with a package that is missing here.
func chooseAutomatically(plans []*Plan, path, roots string) (name, missing string) {
	if _, err := exec.LookPath("abuild"); err == nil {
		return "abuild", ""
	}
	if roots == "" || sandbox.Available() != sandbox.Namespaces {
		return "native", ""
	}
	if missing = missingPackage(plans, path); missing != "" {
		return "root", missing
	}
	return "native", ""
}

// chooseBuilder returns the builder of that name.
func chooseBuilder(name string) (builder.Builder, error) {
	switch name {
	case "abuild":
		if _, err := exec.LookPath("abuild"); err != nil {
			return nil, usererror.Input(fmt.Errorf("builder abuild: %w; install the Alpine package abuild, or use --builder native", err))
		}
		return abuild.Builder{}, nil
	case "native":
		return native.Builder{}, nil
	case "root":
		return native.Builder{InRoot: true}, nil
	}
	return nil, usererror.Input(errors.New("builder " + config.NotOneOf(name, Builders...)))
}

// missingPackage returns an Alpine package that a plan names and whose program is not on that PATH; empty where there is none.
func missingPackage(plans []*Plan, path string) string {
	for _, p := range plans {
		if missing := native.Missing(p.buildDepends(), path); missing != "" {
			return missing
		}
	}
	return ""
}

// buildDepends returns the packages that the build needs: those of its tests only where these run.
func (p *Plan) buildDepends() []string {
	if slices.Contains(strings.Fields(p.vars["options"]), "!check") {
		return p.Recipe.MakeDepends
	}
	return slices.Concat(p.Recipe.MakeDepends, p.Recipe.CheckDepends)
}

// chooseArch returns the architecture to build for: the one asked for, else this machine's, which a noarch
// package needs only for its build.
func chooseArch(p *Plan, asked string) (string, error) {
	host := apk.HostArch()
	arch := asked
	if arch == "" || arch == "noarch" {
		arch = host
	}
	if !slices.Contains(apk.Arches(), arch) {
		return "", usererror.Input(errors.New("architecture " + config.NotOneOf(asked, apk.Arches()...)))
	}
	allowed := p.Recipe.Arches
	if !slices.Contains(allowed, arch) && !slices.Contains(allowed, "noarch") && !slices.Contains(allowed, "all") {
		key := "architectures"
		if len(allowed) == 1 {
			key += "[0]"
		}
		what := fmt.Sprintf("the file allows %s, and this build is for %s", strings.Join(allowed, ", "), arch)
		return "", usererror.Input(p.fault(key, what, "Choose with --arch, or run on a machine of that architecture"))
	}
	return arch, nil
}

// checkRunner refuses to build for an architecture that this machine is not, and names the runner that is.
func checkRunner(arch string, allowed []string) error {
	host := apk.HostArch()
	bits32 := []string{"armhf", "armv7"} // one to Go, and to the processor
	if arch == host || slices.Contains(allowed, "noarch") || slices.Contains(bits32, arch) && slices.Contains(bits32, host) {
		return nil
	}
	where := "on your own runner of that architecture, because GitHub has none"
	if label, ok := matrix.GitHub().Label(arch); ok {
		where = "with `runs-on: " + label + "`"
	}
	return usererror.Input(fmt.Errorf("arch %s: this runner is %s, and it compiles only for itself: run the job %s; `command: "+
		"matrix` makes the jobs for all architectures", arch, host, where))
}
