package instellar

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/secret"
)

// The storage's address comes in several spellings, and must be one that secrets may be sent to.
func TestStorage(t *testing.T) {
	const credential = `"credential":{"access_key_id":"id","secret_access_key":"hidden-key"}`
	for attributes, want := range map[string]string{
		`"host":"s3.example.org","port":443,"scheme":"https://","region":"auto","bucket":"bucket",` +
			credential: "https://s3.example.org:443/bucket/key",
		`"host":"s3.example.org","port":"9000","scheme":"https","region":"auto","bucket":"bucket",` +
			credential: "https://s3.example.org:9000/bucket/key",
		`"host":"s3.example.org","port":null,"bucket":"bucket",` +
			credential: "https://s3.example.org/bucket/key",
		`"host":"127.0.0.1","port":9000,"scheme":"http://","bucket":"bucket",` +
			credential: "http://127.0.0.1:9000/bucket/key",
		`"host":"s3.amazonaws.com","port":443,"scheme":"https://","region":"us-east-1","bucket":"bucket",` +
			credential: "https://s3.amazonaws.com:443/bucket/key",
		`"host":"s3.example.org","port":80,"scheme":"http://","bucket":"bucket",` +
			credential: "error: everyone between could change",
		`"port":443,"scheme":"https://","bucket":"bucket",` + credential: "error: data.attributes.host",
		`"host":"s3.example.org","scheme":"https://",` +
			credential: "error: data.attributes.bucket",
		`"host":"s3.example.org","scheme":"https://","bucket":"bucket","credential":{"access_key_id":"id"}`: "error: " +
			"data.attributes.credential",
		`"host":"s3.example.org","scheme":"https://","bucket":"Not/A Bucket",` + credential: "error: is not a bucket's name",
		`"host":7,` + credential: "error: is not what the protocol says",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprintf(w, `{"data":{"attributes":{%s}}}`, attributes)
		}))
		c, err := New(Config{Endpoint: server.URL, PackageToken: secret.New("token")})
		if err != nil {
			t.Fatal(err)
		}
		st, err := c.Storage(t.Context())
		server.Close()
		if message, fails := strings.CutPrefix(want, "error: "); fails {
			if err == nil || !strings.Contains(err.Error(), message) || strings.Contains(err.Error(), "hidden-key") {
				t.Errorf("%s: %v, want %q", attributes, err, message)
			}
			continue
		}
		if err != nil || st.URL("key") != want {
			t.Errorf("%s: %v, want %s", attributes, err, want)
		}
	}
}
