package console

import (
	"fmt"
	"strings"

	"github.com/pakman/build/pkg/report"
)

// Redrawer is a Console that may be able to draw its last line again: a terminal.
type Redrawer interface {
	// Redraw puts text in place of the line that it drew before, and ends that line when it is the last one. It reports
	// whether it can.
	Redraw(text string, last bool) bool
}

// quiet is the size in bytes of an upload below which no progress is shown.
const quiet = 16 << 20

// UploadProgress returns a function that shows how much of an upload is sent: as a bar that grows, or where the console
// cannot redraw as a line for each quarter.
func UploadProgress(c Console) func(done, total int64) {
	shown := int64(0)
	return func(done, total int64) {
		if total < quiet {
			return
		}
		text := fmt.Sprintf("%s of %s sent", report.Bytes(done), report.Bytes(total))
		if r, ok := c.(Redrawer); ok && r.Redraw(bar(done, total)+" "+text, done == total) {
			return
		}
		if quarter := done * 4 / total; quarter > shown {
			shown = quarter
			c.Info("%s", text)
		}
	}
}

func bar(done, total int64) string {
	const width = 30
	n := int(done * width / total)
	return "[" + strings.Repeat("#", n) + strings.Repeat(".", width-n) + "]"
}
