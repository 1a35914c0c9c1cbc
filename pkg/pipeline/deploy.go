package pipeline

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/usererror"
)

// Deploys are the values of the deploy option.
var Deploys = []string{"none", "instellar", "webhook"}

// DeployOptions is what delivering packages needs to be told.
type DeployOptions struct {
	Input               // the application, whose file holds the stack, kits, sizes, plans and page
	Kind       string   // one of Deploys; empty: none
	Paths      []string // .apk files, directories that hold some, local repositories
	Commit     Commit
	Key        Key    // signs what has no signature by it; none need be given
	PublicKey  string // PEM: verifies the signatures where no key is given; empty: by their name alone
	AllowOlder bool   // deliver a version that is not above the last delivered one
	HTTP       httpjson.Options

	Endpoint                string // of the platform; empty: its own
	AuthToken, PackageToken secret.String
	ArchiveName             string // last part of the archive's key; empty: packages.zip
	Parallel                int    // uploads at once; 0: a few

	WebhookURL    string
	WebhookSecret secret.String
}

// Commit says what is deployed.
type Commit struct {
	Repository string // OWNER/NAME
	SHA        string
	Ref        string // refs/heads/main, or main
}

// CommitFromEnvironment reads the commit of a workflow's run. The names that begin with WORKFLOW_ are given by users
// and come first.
func CommitFromEnvironment(getenv func(string) string) Commit {
	c := Commit{Repository: getenv("GITHUB_REPOSITORY"), SHA: getenv("WORKFLOW_SHA"), Ref: getenv("WORKFLOW_REF")}
	if c.SHA == "" {
		c.SHA = getenv("GITHUB_SHA")
	}
	if c.Ref == "" {
		c.Ref = getenv("GITHUB_REF")
	}
	return c
}

// KeyName is the name of the key that the platform trusts for the packages of the repository OWNER/NAME, without
// .rsa.pub; empty where that is no repository.
func KeyName(repository string) string {
	owner, name, _ := strings.Cut(repository, "/")
	if owner, name = recipe.Slug(owner), recipe.Slug(name); owner == "" || name == "" {
		return ""
	}
	return owner + "-" + name
}

// recipient is whom packages are delivered to. It has been checked as far as that is possible without asking it.
type recipient interface {
	deliver(ctx context.Context, rep *report.Report, packages *cargo) (*report.Deployment, error)
}

// newRecipient returns the recipient that o means; nil for none.
func newRecipient(o DeployOptions, out console.Console) (recipient, error) {
	switch o.Kind {
	case "", "none":
		return nil, nil
	case "instellar":
		return newPlatform(o, out)
	case "webhook":
		return newHook(o)
	}
	return nil, usererror.Input(fmt.Errorf("deploy: %q is not one of %s", o.Kind, strings.Join(Deploys, ", ")))
}

// Deploy delivers packages that exist.
func Deploy(ctx context.Context, o DeployOptions, out console.Console) (*report.Report, error) {
	watch := console.NewStages(out)
	watch.Begin("deploy")
	to, err := newRecipient(o, out)
	if err != nil {
		return nil, err
	}
	if to == nil {
		return nil, usererror.Input(fmt.Errorf("deploy: nothing to do for %q: name one of %s", o.Kind, strings.Join(Deploys[1:], ", ")))
	}
	found, err := scan(o.Paths)
	if err != nil {
		return nil, err
	}
	rep := found.report()
	if rep.Deployment, err = to.deliver(ctx, rep, found); err != nil {
		return nil, err
	}
	rep.Changed, rep.Stages = !rep.Deployment.Known, watch.Stop()
	return rep, nil
}

// BuildAndDeploy is Build and, when nothing failed, Deploy of what was built. A mistake in either's options is found
// before the build.
func BuildAndDeploy(ctx context.Context, b BuildOptions, o DeployOptions, out console.Console) (*report.Report, error) {
	if err := o.join(&b); err != nil {
		return nil, usererror.Input(err)
	}
	to, err := newRecipient(o, out)
	if err != nil {
		return nil, err
	}
	rep, err := Build(ctx, b, out)
	if err != nil || to == nil {
		return rep, err
	}
	watch := console.NewStages(out)
	watch.Begin("deploy")
	var paths []string
	for _, p := range rep.Packages {
		paths = append(paths, p.File)
	}
	found, err := scan(paths)
	if err != nil {
		return rep, err
	}
	if rep.Deployment, err = to.deliver(ctx, rep, found); err != nil {
		return rep, err
	}
	rep.Stages = append(rep.Stages, watch.Stop()...)
	return rep, nil
}

// join takes from the build what the deployment must have in common with it, and returns the build's key the name that
// the platform trusts.
func (o *DeployOptions) join(b *BuildOptions) error {
	o.Input = b.Input
	if len(b.Dirs) == 1 {
		o.Dir = b.Dirs[0]
	}
	if o.Kind == "instellar" {
		switch {
		case len(b.Dirs) > 1:
			return errors.New("deploy instellar: the platform has one application for each repository: build one directory")
		case b.Key.none():
			return errors.New("deploy instellar: no signing key is given, and the platform's machines trust one key alone: give it as the input signing-key, --signing-key or ABUILD_PRIVATE_KEY")
		case len(b.Key.Names) == 0:
			b.Key.Names = []string{KeyName(o.Commit.Repository)}
		}
	}
	o.Key = b.Key
	return nil
}

// file loads the application's file, for what the platform is told. An APKBUILD alone tells it nothing.
func (o DeployOptions) file(out console.Console) (*config.File, map[string]any, error) {
	_, name, err := find(o.Input)
	if err != nil {
		return nil, nil, err
	}
	if isOwn(name) {
		return &config.File{Path: name}, nil, nil
	}
	f, warnings, err := config.Load(name)
	for _, w := range warnings {
		out.Warn(w)
	}
	if err != nil {
		return nil, nil, usererror.Input(err)
	}
	payload, err := f.Payload()
	return f, payload, usererror.Input(err)
}
