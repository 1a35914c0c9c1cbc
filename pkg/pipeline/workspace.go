package pipeline

import (
	"os"
	"strings"

	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/report"
)

// workspace is the temporary directory of one build.
type workspace struct {
	dir  string
	temp *tempdir.Dir
}

func newWorkspace() (*workspace, error) {
	temp, err := tempdir.NewFixed()
	if err != nil {
		return nil, err
	}
	w := &workspace{dir: temp.Path, temp: temp}
	if os.Geteuid() == 0 {
		// Builds run as other users, who pass through. Each application's directory below has its own owner and mode.
		err = os.Chmod(w.dir, 0o711) //#nosec G302 -- a directory
	}
	if err != nil {
		w.remove()
		return nil, err
	}
	return w, nil
}

// remove removes the workspace. What still stays the next run removes.
func (w *workspace) remove() { _ = w.temp.Remove() }

// forget takes out of the report the files that go with the workspace.
func (w *workspace) forget(rep *report.Report) {
	for i, p := range rep.Packages {
		if strings.HasPrefix(p.File, w.dir+"/") {
			rep.Packages[i].File = ""
		}
	}
}
