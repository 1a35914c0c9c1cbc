package s3

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/minio/minio-go/v7/pkg/credentials"

	"github.com/pakman/build/pkg/store"
)

// credentialsHint says how to give credentials.
func (cfg Config) credentialsHint() string {
	key := "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
	if cfg.Setting != nil {
		key = "give " + cfg.setting("access-key-id") + " and " + cfg.setting("secret-access-key")
	}
	return key + ", name a profile of the shared credentials file with AWS_PROFILE, or name a role to assume with " +
		cfg.setting("role-arn")
}

// sessionToken names the setting of the session token.
func (cfg Config) sessionToken() string {
	if cfg.Setting != nil {
		return cfg.setting("session-token")
	}
	return "AWS_SESSION_TOKEN"
}

// keySource names the source of the credentials.
func (cfg Config) keySource() string {
	switch {
	case cfg.KeySource != "":
		return cfg.KeySource
	case cfg.Role != nil:
		return cfg.setting("role-arn")
	case cfg.AccessKeyID == "" && cfg.CredentialsFile != "":
		return fmt.Sprintf("profile %q of %s", cmp.Or(cfg.Profile, "default"), cfg.CredentialsFile)
	}
	return "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
}

// credentials returns the given credentials, else those of the role, else those of the file. It returns nil if there are none: then
// reads are anonymous.
func (cfg Config) credentials(at address, transport http.RoundTripper) (*credentials.Credentials, error) {
	given := cfg.AccessKeyID != "" || !cfg.SecretAccessKey.Empty()
	switch {
	case given && cfg.Role != nil:
		return nil, &store.Problem{What: "an access key is given, and a role to take on without one", Hint: "give one of the two"}
	case strings.HasPrefix(cfg.AccessKeyID, "ASIA") && cfg.SessionToken.Empty():
		return nil, &store.Problem{
			What: "the access key id begins with ASIA, so it belongs to temporary credentials, and no session token is given",
			Hint: "give the session token that came with it as " + cfg.sessionToken() + ", and check " + cfg.keySource()}
	case cfg.AccessKeyID != "" && !cfg.SecretAccessKey.Empty():
		return credentials.NewStaticV4(cfg.AccessKeyID, cfg.SecretAccessKey.Reveal(), cfg.SessionToken.Reveal()), nil
	case cfg.AccessKeyID != "":
		return nil, &store.Problem{What: "an access key id is given, and no secret access key", Hint: "check " + cfg.keySource()}
	case given:
		return nil, &store.Problem{What: "a secret access key is given, and no access key id", Hint: "check " + cfg.keySource()}
	case cfg.Role != nil:
		return cfg.Role.credentials(at, transport)
	}
	if creds, err := cfg.fileCredentials(); creds != nil || err != nil {
		return creds, err
	}
	return cfg.machineCredentials()
}

func (cfg Config) fileCredentials() (*credentials.Credentials, error) {
	if cfg.CredentialsFile == "" {
		return nil, nil
	}
	if _, err := os.Stat(cfg.CredentialsFile); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	profile := cmp.Or(cfg.Profile, "default")
	creds := credentials.NewFileAWSCredentials(filepath.Clean(cfg.CredentialsFile), profile)
	if v, err := creds.GetWithContext(nil); err != nil || v.AccessKeyID == "" {
		if err == nil {
			err = errors.New("it holds no access key")
		}
		return nil, &store.Problem{What: fmt.Sprintf("cannot use profile %q of %s", profile, cfg.CredentialsFile), Err: err,
			Hint: cfg.credentialsHint()}
	}
	return creds, nil
}
