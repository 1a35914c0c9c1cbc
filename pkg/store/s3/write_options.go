package s3

import (
	"fmt"
	"slices"
	"strings"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/encrypt"

	"github.com/pakman/build/pkg/store"
)

// Encryption is how the server encrypts the objects that are written.
type Encryption string

// SSES3 is with keys of the store, and SSEKMS with a key of its key management service.
const (
	SSES3  Encryption = "AES256"
	SSEKMS Encryption = "aws:kms"
)

// label is the user metadata that holds an object's label.
const label = "Pakman-Label"

// cannedACLs are the access control lists that an object can have by name. None lets everyone write.
var cannedACLs = []string{"private", "public-read", "authenticated-read", "aws-exec-read", "bucket-owner-read",
	"bucket-owner-full-control"}

// checkWriteOptions returns a problem with how objects are to be encrypted and who may read them.
func (cfg Config) checkWriteOptions() error {
	switch cfg.Encryption {
	case "", SSEKMS:
	case SSES3:
		if cfg.KMSKey != "" {
			return &store.Problem{What: fmt.Sprintf("the encryption %s has no key of the user's", SSES3),
				Hint: fmt.Sprintf("set %s to %s, or remove %s", cfg.setting("sse"), SSEKMS, cfg.setting("sse-kms-key-id"))}
		}
	default:
		return &store.Problem{What: fmt.Sprintf("the encryption %q is not known", cfg.Encryption),
			Hint: fmt.Sprintf("set %s to %s or %s", cfg.setting("sse"), SSES3, SSEKMS)}
	}
	if cfg.ACL != "" && !slices.Contains(cannedACLs, cfg.ACL) {
		return &store.Problem{What: fmt.Sprintf("the access control list %q is not one that objects can be given", cfg.ACL),
			Hint: "set " + cfg.setting("acl") + " to one of " + strings.Join(cannedACLs, ", ")}
	}
	return nil
}

// serverSide returns the encryption to ask for; nil: what the bucket has by default.
func (cfg Config) serverSide() (encrypt.ServerSide, error) {
	switch {
	case cfg.Encryption == SSES3:
		return encrypt.NewSSE(), nil
	case cfg.Encryption == SSEKMS || cfg.KMSKey != "":
		return encrypt.NewSSEKMS(cfg.KMSKey, nil)
	}
	return nil, nil
}

// beginning returns the headers of a request with which an object begins: those that say what it is, how it is encrypted and
// who may read it. The completion of an upload in parts takes only its conditions.
func (s *Store) beginning(o store.PutOptions) minio.PutObjectOptions {
	options := headers(o)
	options.ServerSideEncryption = s.encryption
	options.UserMetadata = map[string]string{}
	if s.cfg.ACL != "" {
		options.UserMetadata["x-amz-acl"] = s.cfg.ACL
	}
	if o.Label != "" {
		options.UserMetadata[label] = o.Label
	}
	return options
}

// optionRefused explains that the store does not write with this encryption or access control list; nil when it is not that.
func (s *Store) optionRefused(answer minio.ErrorResponse) *store.Problem {
	text := strings.ToLower(answer.Code + " " + answer.Message)
	mentions := func(word string) bool { return strings.Contains(text, word) }
	switch {
	case s.encryption != nil && (mentions("kms") || mentions("encryption")):
		settings := s.cfg.setting("sse")
		if s.cfg.KMSKey != "" {
			settings += " and " + s.cfg.setting("sse-kms-key-id")
		}
		return &store.Problem{What: fmt.Sprintf("the store does not encrypt as it is asked to (bucket %q)", s.at.bucket),
			Hint: "check " + settings + ", and that the key exists, is enabled, and may be used by whoever publishes"}
	case s.cfg.ACL != "" && (mentions("acl") || mentions("accesscontrollist")):
		return &store.Problem{What: fmt.Sprintf("bucket %q does not take access control lists", s.at.bucket),
			Hint: "remove " + s.cfg.setting("acl") + " and let a policy of the bucket say who may read, or permit lists in the " +
				"bucket's object ownership"}
	}
	return nil
}
