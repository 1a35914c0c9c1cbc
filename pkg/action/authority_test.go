package action

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/github/githubtest"
)

// The API and the webhook of a company with its own certificate authority are reached with ca-file. Without it the run ends at
// once, and says what to set.
func TestOwnAuthority(t *testing.T) {
	server, authority := githubtest.StartTLS(t)
	r := newHubRun(t, server)
	r.onTag("v1.2.0")
	r.vars["INPUT_RELEASE-ASSETS"] = "true"
	r.vars["INPUT_DEPLOY"], r.vars["INPUT_WEBHOOK-URL"], r.vars["INPUT_WEBHOOK-SECRET"] = "webhook", server.URL+"/hook", strings.Repeat("s", 32)
	told := 0
	server.Handle("/hook", func(w http.ResponseWriter, _ *http.Request) {
		told++
		w.WriteHeader(http.StatusNoContent)
	})
	log, _ := r.start(1)
	if !strings.Contains(log, "its certificate is not trusted") || !strings.Contains(log, "ca-file") || strings.Contains(log, "waiting") {
		t.Errorf("%s", log)
	}
	r.vars["INPUT_DEPLOY"] = "none"
	log, _ = r.start(1)
	if !strings.Contains(log, "the certificate of "+server.URL+" is not trusted") || !strings.Contains(log, "ca-file") ||
		strings.Contains(log, "waiting") {
		t.Errorf("%s", log)
	}
	r.vars["INPUT_DEPLOY"], r.vars["INPUT_CA-FILE"] = "webhook", authority
	r.start(0)
	if all := server.Releases(); told != 1 || len(all) != 1 || len(all[0].Assets) != 3 {
		t.Errorf("%d reports, %d releases", told, len(all))
	}
	r.vars["INPUT_CA-FILE"] = filepath.Join(r.dir, "pakman.yml")
	if log, _ := r.start(1); !strings.Contains(log, "input ca-file: ") || !strings.Contains(log, "holds no certificate") {
		t.Errorf("%s", log)
	}
}
