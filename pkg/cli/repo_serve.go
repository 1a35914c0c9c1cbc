package cli

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/secret"
)

func newRepoServe(env Env) *cobra.Command {
	var f repositoryFlags
	var o pipeline.ServeOptions
	var passwordFile string
	c := &cobra.Command{
		Use:   "serve URL",
		Short: "Present a bucket as an http repository: read-only, on this machine or in front of others",
		Long: "Present the repositories of a bucket, also of a private one, to machines that install from them: read-only, without a listing, and nothing\n" +
			"but packages, indexes, keys and pages. Each request is a line on standard error. Ctrl-C or SIGTERM lets answers under way end." + urlHelp,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			o.Repositories = f.repositories(args[0], env)
			o.Password = secret.New(env.Getenv("PAKMAN_SERVE_PASSWORD"))
			if passwordFile != "" {
				text, err := os.ReadFile(passwordFile)
				if err != nil {
					return &usageError{fmt.Errorf("--password-file: %w", err)}
				}
				o.Password = secret.New(strings.TrimRight(string(text), "\r\n"))
			}
			o.Log = slog.New(slog.NewTextHandler(env.Stderr, nil))
			return pipeline.Serve(c.Context(), o, console{env.Stderr})
		},
	}
	flags := c.Flags()
	f.add(flags)
	f.access.addReading(flags)
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:8080", "`HOST:PORT` to answer at; :8080 is port 8080 of all interfaces, port 0 any that is free")
	flags.StringVar(&o.User, "user", "", "`NAME` that clients must give, with the password (default: everyone may read)")
	flags.StringVar(&passwordFile, "password-file", "", "`FILE` with the password (default: PAKMAN_SERVE_PASSWORD)")
	flags.StringVar(&o.CertFile, "tls-cert", "", "PEM `FILE` of the certificate, with those between it and its authority; is read again when it changes")
	flags.StringVar(&o.KeyFile, "tls-key", "", "PEM `FILE` of the certificate's key")
	return c
}
