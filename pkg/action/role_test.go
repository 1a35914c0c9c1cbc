package action

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/store/s3/s3test"
)

// A run that publishes to a real server without any long-lived key. The build, which tries to find out, sees nothing of the
// token nor of how to get one; the log masks all of it before anything else could show it.
func TestRole(t *testing.T) {
	const role = "arn:aws:iam::123456789012:role/publisher"
	issuer := s3test.StartIssuer(t)
	server := s3test.StartMinIOWithIdentity(t, issuer)
	sts := s3test.StartSTS(t, issuer, server, role)
	t.Chdir(t.TempDir())
	write(t, "pakman.yml", "name: hello\nbuild:\n  command: |\n    env\n    cat /proc/*/environ | tr '\\0' '\\n' || true\n"+
		"  destinations: [pakman.yml]\narchitectures: [noarch]\n")
	write(t, "ca.pem", readFile(t, server.CAFile))
	key := anyKey(t)
	vars := issuer.Env()
	maps.Copy(vars, map[string]string{
		"GITHUB_REPOSITORY": "Acme/Hello", "GITHUB_RUN_ID": "4711", "GITHUB_OUTPUT": filepath.Join(t.TempDir(), "output"),
		"INPUT_BUILDER": "native", "INPUT_SIGNING-KEY": string(key.PEM()), "INPUT_CA-FILE": "ca.pem", "INPUT_RELEASE": "1",
		"INPUT_BUCKET": "s3://" + server.Bucket(t, "") + "/alpine", "INPUT_ENDPOINT": server.Endpoint, "INPUT_REGION": "us-east-1",
		"INPUT_ROLE-ARN": role, "INPUT_STS-ENDPOINT": sts.URL, "PATH": os.Getenv("PATH"),
	})
	env, out := environment(vars)
	if code := Main(context.Background(), env); code != 0 {
		t.Fatalf("exit code %d\n%s", code, out)
	}
	if got := sts.Sessions(); len(got) != 1 || got[0] != "pakman-Acme-Hello-4711" {
		t.Errorf("sessions %q", got)
	}
	log := out.String()
	tokens := append(issuer.Tokens(), issuer.Request)
	if len(tokens) != 2 {
		t.Errorf("%d tokens", len(tokens)-1)
	}
	for _, token := range tokens {
		if strings.Count(log, token) != 1 || !strings.Contains(log, "\n::add-mask::"+token+"\n") {
			t.Errorf("%q is in the log other than to be masked:\n%s", token, log)
		}
	}
	masks := slices.DeleteFunc(strings.Split(log, "\n"), func(line string) bool { return !strings.HasPrefix(line, "::add-mask::") })
	if len(masks) < 4 || strings.Contains(log, "ACTIONS_ID_TOKEN") || !strings.Contains(log, "SOURCE_DATE_EPOCH") {
		t.Errorf("%d masks, or the build saw ACTIONS_ID_TOKEN_…, or its output is missing:\n%s", len(masks), log)
	}

	vars["INPUT_TIMEOUT"], vars["INPUT_ADDRESSING"] = "soon", "dns"
	env, out = environment(vars)
	if code := Main(context.Background(), env); code != 1 || !strings.Contains(out.String(), `input timeout: "soon" is not a duration`) {
		t.Errorf("exit code %d\n%s", code, out)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
