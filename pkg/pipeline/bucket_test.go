package pipeline

import (
	"strings"
	"testing"

	"github.com/pakman/build/pkg/console/consoletest"
)

// TestPlusInName: apk asks for the file's name as it is, and Amazon's S3 reads + as a space.
func TestPlusInName(t *testing.T) {
	files := []string{"/a+b/app-1.0-r0.apk", "/x/c++app-1.0-r0.apk"}
	for url, want := range map[string]int{"s3://b/p": 1, "/srv/www": 0, "": 0} {
		var out consoletest.Buffer
		warnPlus(url, files, &out)
		if got := strings.Count(out.String(), "warning: "); got != want || want == 1 &&
			!strings.Contains(out.String(), "c++app-1.0-r0.apk: Amazon S3") {
			t.Errorf("%s: %s", url, out.String())
		}
	}
}
