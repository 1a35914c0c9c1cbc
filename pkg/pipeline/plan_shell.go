package pipeline

import (
	"cmp"
	"context"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/native"
	"github.com/pakman/build/pkg/config"
)

// shellWarnings warn of the scripts that no shell of this machine can run, before a build stops in the middle of one.
func shellWarnings(ctx context.Context, f *config.File, in Input) config.Faults {
	keys := f.BeyondPOSIX()
	if len(keys) == 0 {
		return nil
	}
	path := in.Env["PATH"]
	if in.Getenv != nil {
		path = cmp.Or(path, in.Getenv("PATH"))
	}
	if native.HasAsh(ctx, cmp.Or(path, builder.DefaultPath)) {
		return nil
	}
	var warnings config.Faults
	for _, key := range keys {
		warnings = append(warnings, config.Fault{Pos: f.Pos(key), Key: key, Warning: true,
			Message: "it needs the language of Alpine's shell (busybox ash), and no shell of this machine has it",
			Hint:    "To build here, install busybox or bash, or write it in POSIX shell"})
	}
	return warnings
}
