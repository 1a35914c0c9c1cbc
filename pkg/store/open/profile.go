package open

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"gopkg.in/ini.v1"

	"github.com/pakman/build/pkg/store"
)

// profile is what AWS' shared files say for AWS_PROFILE: the credentials file, of which only the name is known here, and the
// configuration file (https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html).
type profile struct {
	name, credentials           string
	region, endpoint            string
	roleARN, tokenFile, session string
}

func (cfg Config) profile() (profile, error) {
	p := profile{name: cmp.Or(cfg.Getenv("AWS_PROFILE"), "default"), credentials: cfg.Getenv("AWS_SHARED_CREDENTIALS_FILE")}
	file := cfg.Getenv("AWS_CONFIG_FILE")
	if home := cfg.Getenv("HOME"); home != "" {
		p.credentials = cmp.Or(p.credentials, filepath.Join(home, ".aws", "credentials"))
		file = cmp.Or(file, filepath.Join(home, ".aws", "config"))
	}
	if file == "" {
		return p, nil
	}
	text, err := ini.Load(file)
	if errors.Is(err, fs.ErrNotExist) {
		return p, nil
	}
	if err != nil {
		return p, &store.Problem{What: "cannot read " + file, Err: err, Hint: "fix it, or name another file in AWS_CONFIG_FILE"}
	}
	section := "profile " + p.name
	if p.name == "default" && !text.HasSection(section) {
		section = "default"
	}
	values := text.Section(section) // empty where there is none
	p.region, p.endpoint = values.Key("region").String(), values.Key("endpoint_url").String()
	p.roleARN, p.session = values.Key("role_arn").String(), values.Key("role_session_name").String()
	p.tokenFile = values.Key("web_identity_token_file").String()
	if p.roleARN != "" && p.tokenFile == "" && !cfg.Anonymous {
		return p, &store.Problem{
			What: fmt.Sprintf("profile %q of %s takes on a role with other keys than a token", p.name, file),
			Hint: "give it web_identity_token_file, or get its credentials with `aws configure export-credentials --format env`",
		}
	}
	return p, nil
}
