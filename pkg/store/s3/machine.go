package s3

import (
	"net"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
)

// machineClient reaches the services beside this machine, which are near and behind no proxy.
var machineClient = &http.Client{Timeout: 5 * time.Second, Transport: &http.Transport{
	DialContext: (&net.Dialer{Timeout: time.Second}).DialContext,
}}

// machineCredentials returns the credentials of the role of this container or EC2 instance; nil if there is none. They are renewed before
// they expire.
func (cfg Config) machineCredentials() (*credentials.Credentials, error) {
	if !cfg.ContainerRole && cfg.Metadata == "" {
		return nil, nil
	}
	provider := &credentials.IAM{Client: machineClient, Region: cfg.Region}
	if !cfg.ContainerRole {
		provider.Endpoint = cfg.Metadata
	}
	creds := credentials.New(provider)
	got, err := creds.GetWithContext(nil)
	switch {
	case err != nil && cfg.ContainerRole:
		return nil, &store.Problem{What: "cannot get the credentials of this container's role", Err: err,
			Hint: "check the role of the task or pod, AWS_CONTAINER_CREDENTIALS_FULL_URI and AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"}
	case err != nil:
		return nil, nil // not an EC2 instance, or one without a role
	}
	if cfg.Learned != nil {
		cfg.Learned(secret.New(got.SecretAccessKey))
		cfg.Learned(secret.New(got.SessionToken))
	}
	return creds, nil
}
