package pipeline

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/apkbuild"
	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/source"
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

// job lays out the build directory: <workspace>/<name>/build/<repository>/<name> with the rendered files and
// the copy of the application; or the copy of a directory with an APKBUILD. abuild takes the repository's name from the parent directory.
func (p *Plan) job(ctx context.Context, work *workspace, o BuildOptions) (builder.Job, error) {
	own := filepath.Join(work.dir, p.Recipe.Name)
	j := builder.Job{Inputs: builder.Inputs{
		Env:         o.Env,
		Epoch:       p.Recipe.Epoch,
		Commit:      p.Recipe.Commit,
		Packager:    p.packager(),
		Compression: p.Recipe.Compression, Offline: p.Recipe.Offline,
	}, Run: builder.Run{
		Dir:     filepath.Join(own, "build", p.Recipe.Repository, p.Recipe.Name),
		Output:  filepath.Join(own, "out"),
		TempDir: filepath.Join(own, "tmp"),
		Outer:   o.Getenv,
		Secrets: o.Secrets,

		Workspace: own, Several: p.several, Nth: p.nth, Strict: o.Isolation == IsolationStrict,
	}}
	var err error
	if j.Hide, err = p.hidden(o); err != nil {
		return j, err
	}
	// The sources may be closed to others: the builder opens them to nobody but the user that the build runs as.
	if err := errors.Join(os.MkdirAll(own, 0o700), os.Chmod(own, 0o700)); err != nil { //#nosec G302 -- a directory
		return j, err
	}
	for _, dir := range []string{filepath.Dir(filepath.Dir(j.Dir)), filepath.Dir(j.Dir), j.Dir, j.Output, j.TempDir} {
		// Chmod, because the build's user reads them whatever this process's umask.
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.Chmod(dir, 0o755)); err != nil { //#nosec G301,G302 -- nothing secret
			return j, err
		}
	}
	sources := j.Dir
	if !p.Own {
		sources = filepath.Join(j.Dir, apkbuild.AppDir)
		if err := p.Directory.Marked(p.Recipe).Write(j.Dir); err != nil {
			return j, err
		}
	}
	return j, source.Copy(ctx, sources, p.Dir, source.CopyOptions{
		Outputs: o.outputs(), Exclude: p.Recipe.Exclude, KeepGit: p.Recipe.KeepGit, Getenv: o.Getenv,
	})
}

// packager is .PKGINFO's packager: the one that is named, else the maintainer, else this program.
func (p *Plan) packager() string {
	if p.Packager != "" {
		return p.Packager
	}
	if p.Recipe.Maintainer != "" {
		return p.Recipe.Maintainer
	}
	return "PAKman <pakman@localhost.localdomain>"
}
