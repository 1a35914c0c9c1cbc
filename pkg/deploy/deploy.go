// Package deploy delivers finished packages to a target: the Instellar platform, or a webhook of the user's own.
package deploy

import (
	"context"
	"errors"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/httpjson"
	"github.com/pakman/build/pkg/packages"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/usererror"
)

// Kinds are the values of the deploy option.
var Kinds = []string{"none", "instellar", "webhook"}

// Options say where packages are delivered to, and how.
type Options struct {
	Kind       string // one of Kinds; empty: none
	Commit     Commit
	Key        signing.Key // signs what has no signature by it; none need be given
	PublicKey  string      // PEM: verifies the signatures where no key is given; empty: by their name alone
	AllowOlder bool        // deliver a version that is not above the last delivered one
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

// Target is where packages are delivered to. Its options have been checked as far as that is possible without a request.
type Target interface {
	// Deploy delivers the packages, of which rep is the report.
	Deploy(ctx context.Context, rep *report.Report, found *packages.Found) (*report.Deployment, error)
}

// NewTarget returns the target that o means, nil for none. The platform is given the stack, kits, sizes, plans and page
// of the application's file, which load reads.
func NewTarget(o Options, load func() (*config.File, error), out console.Console) (Target, error) {
	switch o.Kind {
	case "", "none":
		return nil, nil
	case "instellar":
		return newInstellar(o, load, out)
	case "webhook":
		return newWebhook(o)
	}
	return nil, usererror.Input(errors.New("deploy: " + config.NotOneOf(o.Kind, Kinds...)))
}
