package pipeline

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/trial"
	"github.com/pakman/build/pkg/usererror"
)

// Try installs packages that were built before and starts their services. The file of the input says how the services answer; it
// may be missing, and then they must keep running.
func Try(ctx context.Context, in Input, files []string, out console.Console) error {
	files, names, installed, err := trial.InitScripts(files)
	if err != nil {
		return usererror.Input(err)
	}
	services, name, place, err := servicesOf(ctx, in, names, installed, out)
	if err != nil {
		return err
	}
	if len(services) == 0 {
		return usererror.Input(errors.New("no package has a service to try"))
	}
	checkout, err := in.checkout()
	if err != nil {
		return err
	}
	work, err := newWorkspace()
	if err != nil {
		return err
	}
	defer work.remove()
	return tryServices(ctx, trial.Request{
		Packages: files, Name: name, Services: services, Workspace: filepath.Join(work.dir, "try"),
		Hide: slices.Concat(checkout, in.Hidden.Keys, in.Hidden.Places, builder.SecretPlaces(in.Getenv)),
	}, place, out)
}

// checkout returns the directory of the input, if what is tried can do without it.
func (in Input) checkout() ([]string, error) {
	dir, err := filepath.Abs(in.Dir)
	if err != nil || !builder.Hideable(dir) {
		return nil, err
	}
	return []string{dir}, nil
}

// servicesOf returns the services of packages: those of the file, if it is about one of them, else those that init scripts start.
func servicesOf(ctx context.Context, in Input, names []string, installed map[string][]recipe.Service, out console.Console,
) (services []recipe.Service, name string, place func(int) (config.Pos, string), err error) {
	unknown := func(int) (config.Pos, string) { return config.Pos{}, "" }
	if _, _, missing := find(in); missing == nil {
		p, err := NewPlan(ctx, in, out)
		if err != nil {
			return nil, "", nil, err
		}
		if slices.Contains(names, p.Recipe.Name) {
			return p.Recipe.Services, p.Recipe.Name, p.placeOfService, nil
		}
		out.Info("%s is about %s: the services of these packages must keep running, and are not asked", p.Config.Path, p.Recipe.Name)
	}
	for _, name := range names {
		if services := installed[name]; len(services) > 0 {
			return services, name, unknown, nil
		}
	}
	return nil, "", unknown, nil
}

// tryBuilt tries what was built, of each application by itself. Where this machine cannot, it says so.
func tryBuilt(ctx context.Context, made []*built, o BuildOptions, work *workspace, out console.Console) error {
	for _, b := range made {
		services := b.plan.Recipe.Services
		if len(services) == 0 {
			out.Info("%s has no service to try", b.plan.Recipe.Name)
			continue
		}
		places, err := hiddenPaths(b.plan, o.Hidden.Keys, o.Hidden.Places)
		if err != nil {
			return err
		}
		err = tryServices(ctx, trial.Request{
			Packages: b.packages, Name: b.plan.Recipe.Name, Services: services,
			Hide:      append(places, builder.SecretPlaces(o.Getenv)...),
			Workspace: filepath.Join(work.dir, b.plan.Recipe.Name, "try"),
		}, b.plan.placeOfService, out)
		if errors.Is(err, trial.ErrImpossible) {
			out.Info("not tried: %v", err)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// placeOfService returns the place and the key of a service's health check, or of the service.
func (p *Plan) placeOfService(i int) (config.Pos, string) {
	service := fmt.Sprintf("run.services[%d]", i)
	for _, key := range []string{service + ".health", service, "type"} {
		if p.Config.Given(key) {
			return p.Config.Pos(key), key
		}
	}
	return p.Config.Pos("run"), "run"
}

// tryServices runs a trial and shows what came of it. The first service that fails is the error.
func tryServices(ctx context.Context, r trial.Request, place func(int) (config.Pos, string), out console.Console) error {
	// Chmod, because the services' user passes through whatever this process's umask.
	if err := errors.Join(os.MkdirAll(r.Workspace, 0o711), os.Chmod(r.Workspace, 0o711)); err != nil { //#nosec G301,G302 -- likewise
		return err
	}
	results, notes, err := trial.Run(ctx, r)
	for _, note := range notes {
		out.Info("%s", note)
	}
	for i, result := range results {
		if result.Works() {
			out.Info("%s: the service %s %s", r.Name, result.Service.Name, result.Summary())
			continue
		}
		pos, key := place(i)
		return &usererror.BuildError{Pos: pos, Key: key, Err: &builder.CommandError{
			Failure: fmt.Sprintf("%s: the service %s was tried: %s", r.Name, result.Service.Name, result.Summary()), ExitCode: 1,
			Tail: result.Output,
		}}
	}
	return err
}

// TryApplication builds the application of the input for a trial: nothing is kept of it.
func TryApplication(ctx context.Context, o BuildOptions, out console.Console) error {
	if err := trial.Possible(); err != nil {
		return err
	}
	temp, err := tempdir.New()
	if err != nil {
		return err
	}
	defer func() { _ = temp.Remove() }() // the next run tries again
	o.Output, o.Try, o.Key.Dir = filepath.Join(temp.Path, "packages"), true, filepath.Join(temp.Path, "key")
	_, err = Build(ctx, o, out)
	return err
}
