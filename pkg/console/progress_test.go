package console

import (
	"strings"
	"testing"

	"github.com/pakman/build/pkg/console/consoletest"
)

type redrawn struct {
	consoletest.Buffer
	can bool
}

func (r *redrawn) Redraw(text string, last bool) bool {
	if r.can {
		r.WriteString(text + map[bool]string{true: "$"}[last] + "\n")
	}
	return r.can
}

func TestUploadProgress(t *testing.T) {
	for can, want := range map[bool]string{
		true:  "",
		false: "30.00 MB of 100.00 MB sent\n60.00 MB of 100.00 MB sent\n100.00 MB of 100.00 MB sent\n",
	} {
		console := &redrawn{can: can}
		show := UploadProgress(console)
		for _, done := range []int64{10, 30, 40, 60, 100} {
			show(done*1e6, 100e6)
		}
		got := console.String()
		if can {
			want = "[###...........................] 10.00 MB of 100.00 MB sent\n"
			if !strings.HasPrefix(got, want) || !strings.HasSuffix(got, "[##############################] 100.00 MB of 100.00 MB sent$\n") {
				t.Errorf("on a terminal: %s", got)
			}
		} else if got != want {
			t.Errorf("elsewhere: %s", got)
		}
	}
	small := &redrawn{}
	if UploadProgress(small)(1e6, 1e6); small.Len() != 0 {
		t.Errorf("a small upload says %s", small)
	}
}
