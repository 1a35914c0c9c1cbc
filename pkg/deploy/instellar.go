package deploy

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
	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/usererror"
)

// commitHash is what stands in an object's key and in a URL.
var commitHash = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// instellarTarget is the Instellar platform, as far as it is known before the first request.
type instellarTarget struct {
	client     *instellar.Client
	file       *config.File
	payload    map[string]any
	commit     Commit
	delivery   instellar.Delivery
	signer     signer
	allowOlder bool
	out        console.Console
}

func newInstellar(o Options, load func() (*config.File, error), out console.Console) (*instellarTarget, error) {
	if err := checkInstellar(o); err != nil {
		return nil, usererror.Input(err)
	}
	name := signing.Name(o.Commit.Repository)
	client, err := instellar.New(instellar.Config{
		Endpoint: o.Endpoint, AuthToken: o.AuthToken, PackageToken: o.PackageToken, Options: o.HTTP,
	})
	if err != nil {
		return nil, usererror.Input(err)
	}
	s, err := newSigner(o, name, out)
	if err != nil {
		return nil, err
	}
	f, err := load()
	if err != nil {
		return nil, err
	}
	payload, err := f.Payload()
	if err != nil {
		return nil, usererror.Input(err)
	}
	owner, pkg, _ := strings.Cut(o.Commit.Repository, "/")
	return &instellarTarget{
		client: client, file: f, payload: payload, commit: o.Commit, signer: s, allowOlder: o.AllowOlder, out: out,
		delivery: instellar.Delivery{
			Organization: recipe.Slug(owner), Package: recipe.Slug(pkg), SHA: o.Commit.SHA, Ref: o.Commit.Ref,
			ArchiveName: o.ArchiveName, Parallel: o.Parallel,
		},
	}, nil
}

// checkInstellar returns everything that is missing for the platform as one error.
func checkInstellar(o Options) error {
	var missing []error
	need := func(ok bool, text string) {
		if !ok {
			missing = append(missing, errors.New("deploy instellar: "+text))
		}
	}
	need(!o.AuthToken.Empty(),
		"no INSTELLAR_AUTH_TOKEN: give the token of the organization's automation in this variable or the input instellar-auth-token")
	need(!o.PackageToken.Empty(),
		"no INSTELLAR_PACKAGE_TOKEN: give the package's token in this variable or the input instellar-package-token")
	need(signing.Name(o.Commit.Repository) != "", fmt.Sprintf(
		"%q is not OWNER/NAME: give the repository as GITHUB_REPOSITORY or --github-repository", o.Commit.Repository))
	need(commitHash.MatchString(o.Commit.SHA), fmt.Sprintf("%q is not the hash of a commit: give it as WORKFLOW_SHA, GITHUB_SHA or --sha",
		o.Commit.SHA))
	need(o.Commit.Ref != "", "no branch or tag is named: give it as WORKFLOW_REF, GITHUB_REF or --ref")
	need(o.ArchiveName == "" || store.CheckKey(o.ArchiveName) == nil && !strings.Contains(o.ArchiveName, "/"),
		fmt.Sprintf("the archive's name %q is not a plain file name", o.ArchiveName))
	return errors.Join(missing...)
}

// newSigner loads the keys and checks that one has the name that the platform installs.
func newSigner(o Options, name string, out console.Console) (signer, error) {
	s := signer{name: name + ".rsa.pub"}
	if o.Key.Given() {
		if len(o.Key.Names) == 0 {
			o.Key.Names = []string{name}
		}
		var err error
		if s.private, err = o.Key.Load(out); err != nil {
			return s, err
		}
		if names := publicNames(s.private); !slices.Contains(names, s.name) {
			return s, usererror.Input(fmt.Errorf("the signing key is named %s, and the platform's machines trust %s alone: leave "+
				"--key-name and the input key-name away, or give %s", strings.Join(names, ", "), s.name, name))
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

// Deploy makes the platform's requests in their order. Everything that can be known of the packages is checked
// before the first.
func (p *instellarTarget) Deploy(ctx context.Context, _ *report.Report, found *packages.Found) (*report.Deployment, error) {
	work, err := tempdir.New()
	if err != nil {
		return nil, err
	}
	defer func() { _ = work.Remove() }() // the next run tries again
	arches, err := found.ByArch()
	if err != nil {
		return nil, err
	}
	if p.delivery.Files, err = p.signer.files(ctx, found, arches, work.Path); err != nil {
		return nil, err
	}
	p.warnMissing(arches)
	if p.file.Stack == "" {
		p.out.Warn(config.Fault{Pos: p.file.Pos("stack"), Key: "stack", Warning: true,
			Message: "is missing: the platform makes its machines from the image that it names",
			Hint:    "Write `stack: alpine/" + recipe.DefaultAlpine + "`"})
	}
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
		if err := p.upload(ctx, arches, done); err != nil {
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

// warnMissing warns of architectures that the file names and that are not there: a commit is delivered once.
func (p *instellarTarget) warnMissing(arches []*packages.Arch) {
	for _, arch := range p.file.Architectures {
		if slices.Contains(apk.Arches(), arch) && !slices.ContainsFunc(arches, func(a *packages.Arch) bool { return a.Name == arch }) {
			p.out.Warn(config.Fault{Pos: p.file.Pos("architectures"), Key: "architectures", Warning: true,
				Message: "there are no packages for " + arch + ", and a commit is delivered only once",
				Hint:    "Build each architecture in its own job, and deploy all of them in a later job"})
		}
	}
}

// upload fills the bucket that the platform names.
func (p *instellarTarget) upload(ctx context.Context, arches []*packages.Arch, done *report.Deployment) error {
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
		if err := checkIncrease(ctx, st, arches, earlier, p.delivery); err != nil {
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

// placed returns err with the places in the YAML file of the values that the platform refuses.
func (p *instellarTarget) placed(err error) error {
	var refused *instellar.ValidationError
	if !errors.As(err, &refused) {
		return err
	}
	var faults config.Faults
	for _, v := range refused.Values {
		faults = append(faults, config.Fault{
			Pos: p.file.Pos(v.Path), Key: v.Path, Message: "the platform rejects it: " + v.Message,
			Hint: "Fix it and deploy again: what was uploaded is not sent a second time",
		})
	}
	return fmt.Errorf("cannot %s: %w", refused.What, faults)
}
