package cli

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/store/open"
)

// accessFlags configure how to reach a store, and with which credentials.
type accessFlags struct{ set open.Config }

func (f *accessFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.set.Endpoint, "endpoint", "", "S3 endpoint `URL` (default: AWS_ENDPOINT_URL_S3, AWS_ENDPOINT_URL, or AWS)")
	flags.StringVar(&f.set.Region, "region", "", "S3 `REGION` (default: AWS_REGION)")
	flags.StringVar(&f.set.Addressing, "addressing", "auto",
		"`STYLE` of bucket addresses: path, virtual (bucket in the host name), auto (virtual on AWS)")
	flags.StringVar(&f.set.RoleARN, "role-arn", "",
		"`ARN` of a role to assume with a web identity token instead of keys (default: AWS_ROLE_ARN)")
	flags.StringVar(&f.set.RoleSession, "role-session-name", "",
		"`NAME` of the session in the store's logs (default: AWS_ROLE_SESSION_NAME)")
	flags.StringVar(&f.set.STSEndpoint, "sts-endpoint", "",
		"`URL` of the security token service (default: AWS_ENDPOINT_URL_STS, AWS, or --endpoint)")
	flags.StringVar(&f.set.CAFile, "ca-file", "", "PEM `FILE` of additional certificate authorities to trust (default: AWS_CA_BUNDLE)")
	flags.DurationVar(&f.set.Timeout, "timeout", time.Minute, "connect and idle timeout, a `DURATION` such as 30s")
}

// addWriting adds the flags of commands that write.
func (f *accessFlags) addWriting(flags *pflag.FlagSet) {
	flags.StringVar(&f.set.SSE, "sse", "", "server-side `ENCRYPTION` of written objects: AES256, aws:kms (default: the bucket's)")
	flags.StringVar(&f.set.SSEKMSKey, "sse-kms-key-id", "", "`KEY` of the store's key management service to encrypt with")
	flags.StringVar(&f.set.ACL, "acl", "", "canned access control `LIST` of written objects, such as public-read")
}

// addReading adds the flag of commands that only read.
func (f *accessFlags) addReading(flags *pflag.FlagSet) {
	flags.BoolVar(&f.set.Anonymous, "anonymous", false, "do not use credentials, even if they are set")
}

func (f *accessFlags) config(env process.Env) open.Config {
	config := f.set
	config.Getenv = env.Getenv
	return config
}
