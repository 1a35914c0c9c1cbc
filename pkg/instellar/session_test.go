package instellar

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/pakman/build/pkg/secret"
)

// TestSessionEnds has sessions that end after a number of requests, as one does during a long upload.
func TestSessionEnds(t *testing.T) {
	for _, tc := range []struct {
		lives  int // requests of a session; 0: none is accepted
		logins int
		fails  bool
	}{
		{lives: 100, logins: 1},
		{lives: 1, logins: 3},
		{lives: 0, logins: 2, fails: true},
	} {
		logins, left := 0, 0
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/publish/automation/callback" {
				logins, left = logins+1, tc.lives
				w.WriteHeader(http.StatusCreated)
				_, _ = fmt.Fprintf(w, `{"data":{"token":"session-%d"}}`, logins)
				return
			}
			if left == 0 || r.Header.Get("Authorization") != fmt.Sprintf("Bearer session-%d", logins) {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			left--
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprint(w, `{"data":{"attributes":{"id":9007199254740993}}}`) // 2^53+1, which no float holds
		}))
		c, err := New(Config{Endpoint: server.URL, AuthToken: secret.New("auth"), PackageToken: secret.New("package")})
		if err != nil {
			t.Fatal(err)
		}
		err = c.Login(t.Context())
		for range 3 {
			if err != nil {
				break
			}
			var d *Deployment
			if d, err = c.Create(t.Context(), Commit{Ref: "main", Hash: "abc", ArchivePath: "a"}); err == nil &&
				d.ID != "9007199254740993" {
				t.Errorf("id %s", d.ID)
			}
		}
		if (err != nil) != tc.fails || logins != tc.logins {
			t.Errorf("sessions of %d requests: %d logins, want %d; error %v", tc.lives, logins, tc.logins, err)
		}
		server.Close()
	}
}

func TestIdentifier(t *testing.T) {
	for raw, want := range map[string]string{
		`7`: "7", `"a-b"`: "a-b", `18446744073709551617`: "18446744073709551617", `1e3`: "", `1.5`: "", `-1`: "", `null`: "", `{}`: "",
		``: "",
	} {
		if got := identifier([]byte(raw)); got != want {
			t.Errorf("%s: %q, want %q", raw, got, want)
		}
	}
}
