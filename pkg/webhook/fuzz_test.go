package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/secret"
)

// FuzzSign: the signature is one that a receiver computes by the documented rule, and changes with each of its inputs.
func FuzzSign(f *testing.F) {
	f.Add("0123456789abcdef", "1700000000", []byte(`{"a":1}`))
	f.Add("", "", []byte{})
	f.Add("key\x00", "1.2", []byte("3.4"))
	f.Fuzz(func(t *testing.T, key, timestamp string, body []byte) {
		header := Sign(secret.New(key), timestamp, body)
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(append([]byte(timestamp+"."), body...))
		digest, ok := strings.CutPrefix(header, "sha256=")
		if got, err := hex.DecodeString(digest); !ok || err != nil || !hmac.Equal(got, mac.Sum(nil)) || strings.ToLower(header) != header {
			t.Errorf("%q", header)
		}
		if Sign(secret.New(key), timestamp, append(body, 'x')) == header || Sign(secret.New(key), timestamp+"1", body) == header {
			t.Error("another request has the same signature")
		}
	})
}
