package action

import (
	"context"
	"strconv"
	"strings"

	"github.com/pakman/build/pkg/pipeline"
	"github.com/pakman/build/pkg/process"
)

// spread runs the command matrix: it writes the jobs for the applications of the workspace as outputs.
func spread(ctx context.Context, env process.Env, s *settings, console *console) error {
	o := pipeline.MatrixOptions{
		Input: s.build.Input, Dirs: s.build.Dirs, Since: s.github.since, Runners: s.github.runners,
		Arches: strings.FieldsFunc(s.build.Arch, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }),
	}
	o.Recipe.Arches = o.Arches
	m, err := pipeline.Matrix(ctx, o, console)
	if err != nil {
		return err
	}
	for _, leg := range m.Include {
		console.Info("wave %d: %s (%s) for %s on %s", leg.Wave, leg.Name, leg.Directory, leg.Arch, leg.Runner)
	}
	if len(m.Include) == 0 {
		console.Info("no application has changed since %s", o.Since.Revision)
	}
	return writeValues(env, map[string]string{
		"matrix": m.String(), "waves": m.Waves().String(), "changed": strconv.FormatBool(len(m.Include) > 0),
	})
}
