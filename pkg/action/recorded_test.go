package action

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// A delivery is recorded as a GitHub deployment, whichever its target; where there is none, the log says that nothing is recorded.
func TestDeploymentOfAnyTarget(t *testing.T) {
	status := http.StatusOK
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }))
	defer receiver.Close()
	r := newHubRun(t, githubtest.Start(t))
	r.onTag("v1.2.0")
	r.vars["INPUT_BUCKET"], r.vars["INPUT_DEPLOYMENT"] = "", "production"
	if log, _ := r.start(0); !strings.Contains(log, "nothing is published or deployed, so no deployment to production is recorded") ||
		len(r.server.Deployments()) != 0 {
		t.Errorf("nothing to record: %+v\n%s", r.server.Deployments(), log)
	}
	r.vars["INPUT_DEPLOY"], r.vars["INPUT_WEBHOOK-URL"], r.vars["INPUT_WEBHOOK-SECRET"] = "webhook", receiver.URL, "0123456789abcdef"
	for _, command := range []string{"build", "deploy"} {
		r.vars["INPUT_COMMAND"], r.vars["GITHUB_RUN_ID"] = command, "77"+command
		r.start(0)
		last := r.server.Deployments()[0]
		if last.State() != "success" || last.Statuses[1].EnvironmentURL != receiver.URL {
			t.Errorf("%s: %+v", command, last)
		}
	}
	status, r.vars["GITHUB_RUN_ID"] = http.StatusForbidden, "780"
	r.start(1)
	all := r.server.Deployments()
	if last := all[0]; last.State() != "failure" || len(all) != 3 {
		t.Errorf("refused: %d deployments, %+v", len(all), last)
	}
}
