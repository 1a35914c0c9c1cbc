package s3

import (
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pakman/build/pkg/store"
)

const credentialsHint = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (in the action, the inputs access-key-id and " +
	"secret-access-key), name a profile of the shared credentials file with AWS_PROFILE, or give a role to take on with --role-arn"

// credentials are the given ones, else those of the role, else those of the file; nil: none, reads are anonymous.
func (cfg Config) credentials(at address, transport http.RoundTripper) (*credentials.Credentials, error) {
	given := cfg.AccessKeyID != "" || !cfg.SecretAccessKey.Empty()
	switch {
	case given && cfg.Role != nil:
		return nil, &store.Problem{What: "an access key is given, and a role to take on without one", Hint: "give one of the two"}
	case cfg.AccessKeyID != "" && !cfg.SecretAccessKey.Empty():
		return credentials.NewStaticV4(cfg.AccessKeyID, cfg.SecretAccessKey.Reveal(), cfg.SessionToken.Reveal()), nil
	case cfg.AccessKeyID != "":
		return nil, &store.Problem{What: "an access key id is given, and no secret access key", Hint: "set AWS_SECRET_ACCESS_KEY or the input secret-access-key"}
	case given:
		return nil, &store.Problem{What: "a secret access key is given, and no access key id", Hint: "set AWS_ACCESS_KEY_ID or the input access-key-id"}
	case cfg.Role != nil:
		return cfg.Role.credentials(at, transport)
	}
	return cfg.fileCredentials()
}

func (cfg Config) fileCredentials() (*credentials.Credentials, error) {
	if cfg.CredentialsFile == "" {
		return nil, nil
	}
	if _, err := os.Stat(cfg.CredentialsFile); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	profile := cfg.Profile
	if profile == "" {
		profile = "default"
	}
	creds := credentials.NewFileAWSCredentials(filepath.Clean(cfg.CredentialsFile), profile)
	if v, err := creds.GetWithContext(nil); err != nil || v.AccessKeyID == "" {
		if err == nil {
			err = errors.New("it holds no access key")
		}
		return nil, &store.Problem{What: fmt.Sprintf("cannot use profile %q of %s", profile, cfg.CredentialsFile), Err: err, Hint: credentialsHint}
	}
	return creds, nil
}
