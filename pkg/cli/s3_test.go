package cli

import (
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pakman/build/pkg/store/s3/s3test"
)

// The scripts in testdata/s3 publish to a real S3 server, as child processes that find it by the
// usual AWS_* environment.
func TestS3Scripts(t *testing.T) {
	server := s3test.Start(t)
	temp, key := tempDir(), signingKey(t)
	testscript.Run(t, testscript.Params{
		Dir: "testdata/s3",
		Setup: func(e *testscript.Env) error {
			for _, variable := range server.Env() {
				name, value, _ := strings.Cut(variable, "=")
				e.Setenv(name, value)
			}
			e.Setenv("HOME", e.WorkDir+"/home")
			e.Setenv("TMPDIR", temp)
			e.Setenv("KEY", key)
			e.Setenv("BUCKET", server.Bucket(t, ""))
			return nil
		},
	})
}
