package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/store/open"
)

// accessFlags say how a store is reached, and who asks.
type accessFlags struct {
	endpoint, region, addressing, caFile string
	roleARN, roleSession, stsEndpoint    string
	timeout                              time.Duration
	anonymous                            bool
}

func (f *accessFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.endpoint, "endpoint", "", "S3 endpoint `URL` (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or AWS)")
	flags.StringVar(&f.region, "region", "", "S3 region (default: AWS_REGION)")
	flags.StringVar(&f.addressing, "addressing", "auto", "where requests name the bucket: path, virtual (in the host name), auto (virtual on AWS)")
	flags.StringVar(&f.roleARN, "role-arn", "", "`ARN` of a role to take on with a web identity token, in place of keys (default: AWS_ROLE_ARN)")
	flags.StringVar(&f.roleSession, "role-session-name", "", "what the store's logs call the session (default: AWS_ROLE_SESSION_NAME)")
	flags.StringVar(&f.stsEndpoint, "sts-endpoint", "", "`URL` of the service that gives roles (default: AWS_ENDPOINT_URL_STS, AWS' own, or --endpoint)")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM `FILE` of certificate authorities to trust beside the system's (default: AWS_CA_BUNDLE)")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "how long a server may take to be reached, and stay silent then")
}

// addReading adds the flag of commands that only read.
func (f *accessFlags) addReading(flags *pflag.FlagSet) {
	flags.BoolVar(&f.anonymous, "anonymous", false, "use no credentials, even where there are some")
}

func (f *accessFlags) config(env Env) open.Config {
	return open.Config{
		Endpoint: f.endpoint, Region: f.region, Addressing: f.addressing, CAFile: f.caFile, Timeout: f.timeout,
		RoleARN: f.roleARN, RoleSession: f.roleSession, STSEndpoint: f.stsEndpoint, Anonymous: f.anonymous, Getenv: env.Getenv,
	}
}
