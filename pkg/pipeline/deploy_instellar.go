package pipeline

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/instellar"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// commitHash is what stands in an object's key and in a URL.
var commitHash = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// platform is the Instellar platform, as far as it is known before the first request.
type platform struct {
	client     *instellar.Client
	file       *config.File
	payload    map[string]any
	commit     Commit
	delivery   instellar.Delivery
	seal       seal
	allowOlder bool
	out        console.Console
}

func newPlatform(o DeployOptions, out console.Console) (*platform, error) {
	if err := o.checkPlatform(); err != nil {
		return nil, usererror.Input(err)
	}
	name := KeyName(o.Commit.Repository)
	client, err := instellar.New(instellar.Config{
		Endpoint: o.Endpoint, AuthToken: o.AuthToken, PackageToken: o.PackageToken, Options: o.HTTP,
	})
	if err != nil {
		return nil, usererror.Input(err)
	}
	s, err := newSeal(o, name, out)
	if err != nil {
		return nil, err
	}
	f, payload, err := o.file(out)
	if err != nil {
		return nil, err
	}
	owner, pkg, _ := strings.Cut(o.Commit.Repository, "/")
	return &platform{
		client: client, file: f, payload: payload, commit: o.Commit, seal: s, allowOlder: o.AllowOlder, out: out,
		delivery: instellar.Delivery{
			Organization: recipe.Slug(owner), Package: recipe.Slug(pkg), SHA: o.Commit.SHA,
			ArchiveName: o.ArchiveName, Parallel: o.Parallel,
		},
	}, nil
}

// checkPlatform says what is missing for the platform, all of it at once.
func (o DeployOptions) checkPlatform() error {
	var missing []error
	need := func(ok bool, text string) {
		if !ok {
			missing = append(missing, errors.New("deploy instellar: "+text))
		}
	}
	need(!o.AuthToken.Empty(), "no INSTELLAR_AUTH_TOKEN: give the token of the organization's automation in this variable or the input instellar-auth-token")
	need(!o.PackageToken.Empty(), "no INSTELLAR_PACKAGE_TOKEN: give the package's token in this variable or the input instellar-package-token")
	need(KeyName(o.Commit.Repository) != "", fmt.Sprintf("%q is no OWNER/NAME: give the repository as GITHUB_REPOSITORY or --github-repository", o.Commit.Repository))
	need(commitHash.MatchString(o.Commit.SHA), fmt.Sprintf("%q is no hash of a commit: give it as WORKFLOW_SHA, GITHUB_SHA or --sha", o.Commit.SHA))
	need(o.Commit.Ref != "", "no branch or tag is named: give it as WORKFLOW_REF, GITHUB_REF or --ref")
	need(o.ArchiveName == "" || store.CheckKey(o.ArchiveName) == nil && !strings.Contains(o.ArchiveName, "/"),
		fmt.Sprintf("the archive's name %q is not a plain file name", o.ArchiveName))
	return errors.Join(missing...)
}

// newSeal loads the keys and sees that they have the name that the platform installs.
func newSeal(o DeployOptions, name string, out console.Console) (seal, error) {
	s := seal{name: name + ".rsa.pub"}
	if !o.Key.none() {
		if len(o.Key.Names) == 0 {
			o.Key.Names = []string{name}
		}
		var err error
		if s.private, err = o.Key.load(out); err != nil {
			return s, err
		}
		if names := publicNames(s.private); !slices.Contains(names, s.name) {
			return s, usererror.Input(fmt.Errorf("the signing key is named %s, and the platform's machines trust %s alone: leave --key-name and the input key-name away, or give %s", strings.Join(names, ", "), s.name, name))
		}
	}
	if o.PublicKey != "" {
		public, err := apk.ParsePublicKey(s.name, []byte(strings.TrimSpace(o.PublicKey)+"\n"))
		if err != nil {
			return s, usererror.Input(fmt.Errorf("ABUILD_PUBLIC_KEY: %w", err))
		}
		s.public = append(s.public, public)
	}
	return s, nil
}

// deliver makes the platform's requests in their order. Everything that can be known of the packages is checked
// before the first.
func (p *platform) deliver(ctx context.Context, _ *report.Report, found *cargo) (*report.Deployment, error) {
	work, err := newWorkspace()
	if err != nil {
		return nil, err
	}
	defer work.remove()
	if p.delivery.Files, err = p.seal.files(ctx, found, work); err != nil {
		return nil, err
	}
	p.warnMissing(found)
	if err := p.client.Login(ctx); err != nil {
		return nil, err
	}
	done := &report.Deployment{Kind: "instellar", Host: p.client.Host()}
	known, err := p.client.Find(ctx, p.delivery.SHA)
	switch {
	case err != nil:
		return nil, err
	case known != nil:
		done.Known, done.ArchivePath = true, known.ArchivePath
		p.out.Info("the platform knows this commit: nothing is uploaded")
	default:
		if err := p.upload(ctx, found, done); err != nil {
			return nil, err
		}
	}
	created, err := p.client.Create(ctx, instellar.Commit{
		Ref: p.commit.Ref, Hash: p.delivery.SHA, ArchivePath: done.ArchivePath, Stack: p.file.Stack,
	})
	if err != nil {
		return nil, p.placed(err)
	}
	done.ID = created.ID
	if done.Configured, err = p.client.Configure(ctx, created.ID, p.payload); err != nil {
		return nil, p.placed(err)
	}
	if !done.Configured {
		p.out.Info("%s has no list kits: the deployment is not configured", p.file.Path)
	}
	done.Requests = p.client.Requests()
	return done, nil
}

// warnMissing tells of architectures that the file names and that are not there: a commit is delivered once.
func (p *platform) warnMissing(found *cargo) {
	for _, arch := range p.file.Architectures {
		if slices.Contains(apk.Arches(), arch) && found.arches[arch] == nil {
			p.out.Warn(config.Fault{Pos: p.file.Pos("architectures"), Key: "architectures", Warning: true,
				Message: "there are no packages for " + arch + ", and a commit is delivered only once",
				Hint:    "Build each architecture in a job of its own, and deploy all of them in one that follows"})
		}
	}
}

// upload fills the bucket that the platform names.
func (p *platform) upload(ctx context.Context, found *cargo, done *report.Deployment) error {
	bucket, err := p.client.Storage(ctx)
	if err != nil {
		return err
	}
	st := store.Count(bucket)
	earlier, err := instellar.Earlier(ctx, st, p.delivery)
	var denied *store.Problem
	switch {
	case errors.As(err, &denied):
		p.out.Info("the bucket cannot be listed, so the version is not compared with the last delivered one (%v)", err)
	case err != nil:
		return err
	case !p.allowOlder:
		if err := found.increases(earlier, p.delivery.SHA); err != nil {
			return err
		}
	}
	sent, err := p.client.Upload(ctx, st, p.delivery, earlier)
	if err != nil {
		return err
	}
	done.ArchivePath, done.ArchiveSize, done.Objects = sent.ArchivePath, sent.ArchiveSize, sent.Objects
	done.Storage = st.Traffic().Requests
	return nil
}

// placed returns the values that the platform refuses their places in the YAML file.
func (p *platform) placed(err error) error {
	var refused *instellar.ValidationError
	if !errors.As(err, &refused) {
		return err
	}
	var faults config.Faults
	for _, v := range refused.Values {
		faults = append(faults, config.Fault{
			Pos: p.file.Pos(v.Path), Key: v.Path, Message: "the platform does not take it: " + v.Message,
			Hint: "Mend it and deploy again: what was uploaded is not sent a second time",
		})
	}
	return fmt.Errorf("cannot %s: %w", refused.What, faults)
}
