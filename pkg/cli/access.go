package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/store/open"
)

// accessFlags say how to reach a store, and with which credentials.
type accessFlags struct {
	endpoint, region, addressing, caFile string
	roleARN, roleSession, stsEndpoint    string
	timeout                              time.Duration
	anonymous                            bool
}

func (f *accessFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.endpoint, "endpoint", "", "S3 endpoint `URL` (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or AWS)")
	flags.StringVar(&f.region, "region", "", "S3 `REGION` (default: AWS_REGION)")
	flags.StringVar(&f.addressing, "addressing", "auto", "bucket `STYLE` of requests: path, virtual (host name), auto (virtual on AWS)")
	flags.StringVar(&f.roleARN, "role-arn", "",
		"`ARN` of a role to assume with a web identity token instead of keys (default: AWS_ROLE_ARN)")
	flags.StringVar(&f.roleSession, "role-session-name", "", "`NAME` of the session in the store's logs (default: AWS_ROLE_SESSION_NAME)")
	flags.StringVar(&f.stsEndpoint, "sts-endpoint", "",
		"`URL` of the security token service (default: AWS_ENDPOINT_URL_STS, AWS, or --endpoint)")
	flags.StringVar(&f.caFile, "ca-file", "", "PEM `FILE` of additional certificate authorities to trust (default: AWS_CA_BUNDLE)")
	flags.DurationVar(&f.timeout, "timeout", time.Minute, "connect and idle timeout")
}

// addReading adds the flag of commands that only read.
func (f *accessFlags) addReading(flags *pflag.FlagSet) {
	flags.BoolVar(&f.anonymous, "anonymous", false, "do not use credentials, even if there are some")
}

func (f *accessFlags) config(env Env) open.Config {
	return open.Config{
		Endpoint: f.endpoint, Region: f.region, Addressing: f.addressing, CAFile: f.caFile, Timeout: f.timeout,
		RoleARN: f.roleARN, RoleSession: f.roleSession, STSEndpoint: f.stsEndpoint, Anonymous: f.anonymous, Getenv: env.Getenv,
	}
}
