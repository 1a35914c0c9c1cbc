package page

import (
	"os"
	"testing"
)

func TestTry(t *testing.T) {
	b, err := Render(sample())
	if err != nil {
		t.Fatal(err)
	}
	os.WriteFile("/tmp/page-try.html", b, 0o644)
}
