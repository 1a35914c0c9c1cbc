package open

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/store"
	"github.com/pakman/build/pkg/store/s3"
)

// bucket reads s3://bucket/prefix by hand: a prefix may hold characters that mean something in a URL.
func bucket(raw string, cfg Config) (store.Store, error) {
	rest, found := strings.CutPrefix(raw[len("s3:"):], "//")
	name, prefix, _ := strings.Cut(rest, "/")
	switch {
	case !found && strings.Trim(rest, "/") != "":
		return nil, &store.Problem{What: fmt.Sprintf("%q names no bucket", raw), Hint: "write s3://" + strings.Trim(rest, "/")}
	case name == "":
		return nil, &store.Problem{What: fmt.Sprintf("%q names no bucket", raw), Hint: allowed}
	case strings.ContainsAny(name, "@:"):
		return nil, &store.Problem{What: "the address of the bucket holds more than its name before the prefix",
			Hint: "give s3://BUCKET/PREFIX, the server as " + cfg.setting("endpoint") + ", and the keys apart from it"}
	}
	transport, err := cfg.transport(!cfg.ReadOnly)
	if err != nil {
		return nil, err
	}
	tokens, err := cfg.transport(false)
	if err != nil {
		return nil, err
	}
	shared, err := cfg.profile()
	if err != nil {
		return nil, err
	}
	c := s3.Config{
		Endpoint: cmp.Or(cfg.Endpoint, cfg.Getenv("AWS_ENDPOINT_URL_S3"), cfg.Getenv("AWS_ENDPOINT_URL"), shared.endpoint),
		Region:   cmp.Or(cfg.Region, cfg.Getenv("AWS_REGION"), cfg.Getenv("AWS_DEFAULT_REGION"), shared.region),
		Bucket:   name, Prefix: prefix, Addressing: s3.Addressing(cfg.Addressing), Transport: transport,
		TokenTransport: tokens, Setting: cfg.Setting, Encryption: s3.Encryption(cfg.SSE), KMSKey: cfg.SSEKMSKey, ACL: cfg.ACL,
	}
	if err := cfg.checkEndpoint(c.Endpoint, name, prefix); err != nil {
		return nil, err
	}
	if !cfg.Anonymous {
		if err := cfg.authenticate(&c, shared); err != nil {
			return nil, err
		}
	}
	st, err := s3.New(c)
	if err == nil && !cfg.ReadOnly {
		err = st.Writable()
	}
	if err != nil {
		return nil, err
	}
	return &bucketStore{Store: st, explain: func(err error) error { return cfg.suspectEndpoint(raw, st.Endpoint(), err) }}, nil
}

// authenticate decides who asks: the first of the key that is given, the environment's key, its role, and the profile, which
// may name a role too.
func (cfg Config) authenticate(c *s3.Config, shared profile) error {
	id, key := cfg.Getenv("AWS_ACCESS_KEY_ID"), secret.New(cfg.Getenv("AWS_SECRET_ACCESS_KEY"))
	token := secret.New(cfg.Getenv("AWS_SESSION_TOKEN"))
	c.AccessKeyID, c.SecretAccessKey, c.SessionToken = cfg.AccessKeyID, cfg.SecretAccessKey, cfg.SessionToken
	if (c.AccessKeyID != "" || !c.SecretAccessKey.Empty()) && cfg.RoleARN == "" {
		c.KeySource = fmt.Sprintf("%s and %s", cfg.setting("access-key-id"), cfg.setting("secret-access-key"))
		if c.SessionToken.Empty() && c.AccessKeyID == id && c.SecretAccessKey.Reveal() == key.Reveal() {
			c.SessionToken = token // the same key, so it is its token
		}
		return nil
	}
	if cfg.RoleARN == "" && (id != "" || !key.Empty()) {
		c.AccessKeyID, c.SecretAccessKey, c.KeySource = id, key, "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN"
		if c.SessionToken.Empty() {
			c.SessionToken = token
		}
		return nil
	}
	role, err := cfg.role(shared, c.Region)
	c.Role, c.CredentialsFile, c.Profile = role, shared.credentials, shared.name
	if cfg.RoleARN == "" {
		cfg.machineRole(c)
	}
	return err
}

// machineRole lets the role of this container or instance be used. Only buckets of AWS know the role of an instance.
func (cfg Config) machineRole(c *s3.Config) {
	c.Learned = cfg.Learned
	c.ContainerRole = cfg.Getenv("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != "" || cfg.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != ""
	if cfg.Getenv("AWS_EC2_METADATA_DISABLED") == "true" || cfg.Transport != nil {
		return
	}
	c.Metadata = cfg.Getenv("AWS_EC2_METADATA_SERVICE_ENDPOINT")
	if c.Metadata == "" && c.Endpoint == "" && !cfg.ReadOnly {
		c.Metadata = "http://169.254.169.254"
	}
}
