package pipeline

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"

	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/gateway"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/usererror"
)

// ServeOptions are the options of serving a repository.
type ServeOptions struct {
	Repositories
	Listen            string // HOST:PORT
	User              string // empty: everyone may read
	Password          secret.String
	CertFile, KeyFile string // PEM; empty: without TLS
	Log               *slog.Logger
}

// Serve presents the repositories to machines until ctx ends, see package gateway.
func Serve(ctx context.Context, o ServeOptions, out console.Console) error {
	config, err := o.check()
	if err != nil {
		return usererror.Input(err)
	}
	o.Config.ReadOnly = true
	st, selection, err := o.open(ctx)
	if err != nil {
		return err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", o.Listen)
	if err != nil {
		return usererror.Input(fmt.Errorf("--listen %s: %w", o.Listen, err))
	}
	scheme := "http"
	if config != nil {
		scheme = "https"
	}
	line := fmt.Sprintf("%s://%s", scheme, listener.Addr())
	out.Info("serving %s at %s", o.URL, line)
	if selection.Branch != "" && selection.Repository != "" {
		line += "/" + selection.Branch + "/" + selection.Repository
		out.Info("the line for /etc/apk/repositories: %s", line)
	}
	if address, ok := listener.Addr().(*net.TCPAddr); ok && !address.IP.IsLoopback() && o.User != "" && config == nil {
		out.Info("anyone on the network can read the password: give --tls-cert and --tls-key, or put a TLS server in front of this one")
	}
	handler := gateway.Handler(gateway.Options{Store: st, Served: selection.Served, User: o.User, Password: o.Password, Log: o.Log})
	return gateway.Serve(ctx, listener, handler, config, o.Log)
}

// check finds what does not go together, and reads the certificate.
func (o ServeOptions) check() (*tls.Config, error) {
	switch {
	case o.User == "" && !o.Password.Empty():
		return nil, errors.New("a password is given, and no user: give --user")
	case o.User != "" && o.Password.Empty():
		return nil, errors.New("--user is given, and no password: set PAKMAN_SERVE_PASSWORD, or give --password-file")
	case (o.CertFile == "") != (o.KeyFile == ""):
		return nil, errors.New("TLS needs a certificate and its key: give --tls-cert and --tls-key")
	case o.CertFile == "":
		return nil, nil
	}
	config, err := gateway.TLS(o.CertFile, o.KeyFile)
	if err != nil {
		return nil, fmt.Errorf("--tls-cert, --tls-key: %w", err)
	}
	return config, nil
}
