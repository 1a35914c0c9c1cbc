package cli

import (
	"encoding/json"
	"errors"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/pakman/build/pkg/process"
	"github.com/pakman/build/pkg/report"
	"github.com/pakman/build/pkg/usererror"
)

const jsonName = "json"

// jsonFlag adds the flag --json.
func jsonFlag(flags *pflag.FlagSet, on *bool, help string) {
	flags.BoolVar(on, jsonName, false, help+"; if the command fails, the error")
}

// document is standard output. A command with --json writes one document to it, however it ends.
type document struct {
	io.Writer

	begun bool
}

func (d *document) Write(p []byte) (int, error) {
	d.begun = d.begun || len(p) > 0
	return d.Writer.Write(p)
}

// wantsJSON reports whether the command line asks for JSON. Where an argument was refused, the flags after it were not read.
func wantsJSON(c *cobra.Command, args []string) bool {
	if f := c.Flags().Lookup(jsonName); f != nil && f.Changed {
		return f.Value.String() == "true"
	}
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--"+jsonName) || slices.Contains(args, "--"+jsonName+"=true")
}

// show prints the report at the end of a run: a table to standard error, or JSON to standard output. Where some of several
// applications failed, the JSON has the error, too.
func show(env process.Env, rep *report.Report, failed error, asJSON bool) error {
	switch {
	case !asJSON:
		return errors.Join(failed, rep.Text(env.Stderr))
	case failed == nil:
		return rep.JSON(env.Stdout)
	}
	return errors.Join(failed, writeJSON(env.Stdout, struct {
		*report.Report
		usererror.FailedRun
	}{rep, usererror.NewFailedRun(failed, exitCode(failed))}))
}

func writeJSON(w io.Writer, value any) error {
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(value)
}
