package pipeline

import (
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/report"
)

// Redrawer is a Console that may be able to draw its last line again: a terminal.
type Redrawer interface {
	// Redraw puts text in place of the line that it drew before, and ends that line when it is the last one. It tells
	// whether it can.
	Redraw(text string, last bool) bool
}

// quiet is how many bytes are sent without a word.
const quiet = 16 << 20

// uploading tells how far an upload is: by a bar that grows, or elsewhere by a line for each quarter.
func uploading(console Console) func(done, total int64) {
	told := int64(0)
	return func(done, total int64) {
		if total < quiet {
			return
		}
		text := fmt.Sprintf("%s of %s sent", report.Bytes(done), report.Bytes(total))
		if r, ok := console.(Redrawer); ok && r.Redraw(bar(done, total)+" "+text, done == total) {
			return
		}
		if quarter := done * 4 / total; quarter > told {
			told = quarter
			console.Info("%s", text)
		}
	}
}

func bar(done, total int64) string {
	const width = 30
	n := int(done * width / total)
	return "[" + strings.Repeat("#", n) + strings.Repeat(".", width-n) + "]"
}
