package open_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pakman/build/pkg/store/open"
	"github.com/pakman/build/pkg/store/s3/s3test"
)

// TestMachineRole gets credentials as a task of ECS, a pod of EKS and an instance of EC2 do.
func TestMachineRole(t *testing.T) {
	fake := s3test.StartFake(t)
	var seen string
	fake.Inject(func(r *http.Request) *s3test.Fault {
		seen = r.Header.Get("Authorization") + " " + r.Header.Get("X-Amz-Security-Token")
		return nil
	})
	answer := fmt.Sprintf(`{"Code":"Success","AccessKeyId":"ASIAROLE","SecretAccessKey":"k","Token":"roletoken","Expiration":%q}`,
		time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/task" && r.Header.Get("Authorization") == "task-token",
			r.URL.Path == "/pod" && r.Header.Get("Authorization") == "pod-token":
			fmt.Fprint(w, answer)
		case r.URL.Path == "/latest/api/token" && r.Method == http.MethodPut:
			fmt.Fprint(w, "imds")
		case r.Header.Get("X-aws-ec2-metadata-token") != "imds":
			w.WriteHeader(http.StatusUnauthorized) // as IMDSv2 alone does
		case r.URL.Path == "/latest/meta-data/iam/security-credentials/":
			fmt.Fprint(w, "runner")
		case r.URL.Path == "/latest/meta-data/iam/security-credentials/runner":
			fmt.Fprint(w, answer)
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	defer service.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("pod-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, env := range map[string]map[string]string{
		"ECS": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.URL + "/task", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "task-token"},
		"EKS": {"AWS_CONTAINER_CREDENTIALS_FULL_URI": service.URL + "/pod", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": token},
		"EC2": {"AWS_EC2_METADATA_SERVICE_ENDPOINT": service.URL},
	} {
		t.Run(name, func(t *testing.T) {
			for name, value := range env {
				t.Setenv(name, value)
			}
			getenv := func(name string) string { return env[name] }
			if _, err := open.URL(t.Context(), "s3://bucket", open.Config{Endpoint: fake.Endpoint, Getenv: getenv}); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(seen, "=ASIAROLE/") || !strings.HasSuffix(seen, " roletoken") {
				t.Errorf("the request says %q", seen)
			}
		})
	}
	t.Setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", service.URL+"/nothing")
	_, err := open.URL(t.Context(), "s3://bucket", open.Config{Endpoint: fake.Endpoint, Getenv: os.Getenv})
	if err == nil || !strings.Contains(err.Error(), "container's role") {
		t.Errorf("a role that is not there: %v", err)
	}
}
