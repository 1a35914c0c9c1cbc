package cli

import (
	"fmt"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/secret"
)

func newRepoServe(env process.Env) *cobra.Command {
	var f repositoryFlags
	var o pipeline.ServeOptions
	var passwordFile string
	c := &cobra.Command{
		Use:   "serve URL",
		Short: "Serve a bucket as a read-only http repository",
		Long: "Serve the repositories of a bucket, which may be private, to machines that install from them: read-only,\n" +
			"without a listing, and nothing but packages, indexes, keys and pages. Each request is logged to standard\n" +
			"error. Ctrl-C or SIGTERM finishes running requests and then exits." + urlHelp,
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
	f.add(c)
	group(c, groupBucket, f.access.addReading)
	group(c, groupServer, func(flags *pflag.FlagSet) { serverFlags(flags, &o, &passwordFile) })
	return c
}

func serverFlags(flags *pflag.FlagSet, o *pipeline.ServeOptions, passwordFile *string) {
	flags.StringVar(&o.Listen, "listen", "127.0.0.1:8080",
		"`HOST:PORT` to listen on; :8080 is port 8080 of all interfaces, port 0 a free port")
	flags.StringVar(&o.User, "user", "", "user `NAME` that clients must send with the password (default: everyone may read)")
	flags.StringVar(passwordFile, "password-file", "", "`FILE` with the password (default: PAKMAN_SERVE_PASSWORD)")
	flags.StringVar(&o.CertFile, "tls-cert", "",
		"PEM `FILE` of the certificate and its intermediate certificates; it is reloaded when it changes")
	flags.StringVar(&o.KeyFile, "tls-key", "", "PEM `FILE` of the certificate's key")
}
