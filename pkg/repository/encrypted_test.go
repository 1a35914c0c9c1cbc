package repository_test

import (
	"testing"

	"github.com/pakman/build/pkg/store/s3"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// In a bucket whose ETags are no digests, because the store encrypts with a key, packages are published and found again.
func TestEncryptedBucket(t *testing.T) {
	key, server := testKey(t), s3test.StartMinIOWithKey(t)
	cfg := server.Config(server.Bucket(t, ""))
	cfg.Encryption = s3.SSEKMS
	file := mustPack(t, "blog", "1.0-r0", "x86_64", "1", key)
	for _, c := range []struct {
		file    string
		changed bool
	}{{file, true}, {file, false}, {mustPack(t, "blog", "1.1-r0", "x86_64", "2", key), true}} {
		r := request(key, c.file)
		r.Page = plain
		if rep := publish(t, s3test.New(t, cfg), r); rep.Changed != c.changed || rep.Page != nil {
			t.Errorf("%+v", rep)
		}
	}
	mustCheck(t, s3test.New(t, cfg), "x86_64", key)
}
