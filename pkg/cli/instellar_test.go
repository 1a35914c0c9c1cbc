package cli

import (
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/instellar/instellartest"
)

// The scripts in testdata/instellar deliver to a platform that takes the protocol at its word, each to one of its own, with
// the variables that the workflows of the original PAKman set.
func TestInstellarScripts(t *testing.T) {
	if testing.Short() { // here, as a script's goroutine is none in which this test can be skipped
		t.Skip("needs versitygw, which is not built under -short")
	}
	key, err := apk.GenerateKey("acme-blog.rsa")
	if err != nil {
		t.Fatal(err)
	}
	temp := tempDir()
	testscript.Run(t, testscript.Params{
		Dir: "testdata/instellar",
		Setup: func(e *testscript.Env) error {
			p := instellartest.Start(t, "acme", "blog")
			e.Vars = append(e.Vars, p.S3.Env()...)
			for name, value := range map[string]string{
				"HOME": e.WorkDir + "/home", "TMPDIR": temp, "GITHUB_WORKSPACE": e.WorkDir + "/checkout",
				"GITHUB_REPOSITORY": "Acme/Blog", "GITHUB_RUN_NUMBER": "7", "INSTELLAR_ENDPOINT": p.Endpoint,
				"INSTELLAR_AUTH_TOKEN": p.AuthToken, "INSTELLAR_PACKAGE_TOKEN": p.PackageToken,
				"ABUILD_PRIVATE_KEY": string(key.PEM()), "ABUILD_PUBLIC_KEY": string(key.Public().PEM()),
				"WORKFLOW_REF": "refs/heads/main", "WORKFLOW_SHA": "0123456789abcdef0123456789abcdef01234567",
			} {
				e.Setenv(name, value)
			}
			return nil
		},
	})
}
