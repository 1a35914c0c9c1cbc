package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/signing"
	"github.com/pakman/build/pkg/source"
	"github.com/pakman/build/pkg/usererror"
)

func newKeygen(env process.Env) *cobra.Command {
	var dir, repository string
	c := &cobra.Command{
		Use:   "keygen NAME | --for OWNER/REPOSITORY",
		Short: "Make a signing key: NAME.rsa, which must stay secret, and NAME.rsa.pub for /etc/apk/keys",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			name, err := keyName(args, repository)
			if err != nil {
				return &usageError{err}
			}
			if err := checkIgnored(c.Context(), env, filepath.Join(dir, name+".rsa")); err != nil {
				return err
			}
			pair, err := signing.MakeKey(dir, name)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(env.Text(), "%s\n%s\nSHA-256 of the public key: %s\n", pair.Private, pair.Public, pair.Fingerprint)
			return err
		},
	}
	group(c, groupSigning, func(flags *pflag.FlagSet) {
		flags.StringVar(&repository, "for", "", "name the key after the GitHub `OWNER/REPOSITORY`, as the action and the platform expect")
	})
	group(c, groupOutput, func(flags *pflag.FlagSet) {
		flags.StringVarP(&dir, "output", "o", ".", "`DIR` to write to")
	})
	return c
}

// checkIgnored returns an error if the next commit would publish a private key in this place.
func checkIgnored(ctx context.Context, env process.Env, file string) error {
	root, ignored, err := source.Ignored(ctx, file, env.Getenv)
	if err != nil || root == "" || ignored {
		return err
	}
	return usererror.Input(fmt.Errorf("%s would be part of the git checkout %s, and the next commit could publish the private key: "+
		"add the line *.rsa to %s, or write the key elsewhere with --output DIR", file, root, filepath.Join(root, ".gitignore")))
}

// keyName returns the given name, or OWNER-REPOSITORY in the spelling of the action and the platform.
func keyName(args []string, repository string) (string, error) {
	owner, name, ok := strings.Cut(repository, "/")
	switch {
	case repository == "" && len(args) == 1:
		return args[0], nil
	case repository == "" || len(args) == 1:
		return "", errors.New("keygen: give the key's NAME, or --for OWNER/REPOSITORY")
	case !ok || recipe.Slug(owner) == "" || recipe.Slug(name) == "" || strings.Contains(name, "/"):
		return "", fmt.Errorf("--for %q: give a GitHub repository as OWNER/REPOSITORY", repository)
	}
	return recipe.Slug(owner) + "-" + recipe.Slug(name), nil
}
