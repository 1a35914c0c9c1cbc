package pipeline

import (
	"slices"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/recipe"
)

// noteWritable says of a service that owns its code, as old files of the platform expect, how it is protected.
func noteWritable(f *config.File, r *recipe.Recipe, out console.Console) {
	if r.CodeOfRoot || r.Package != nil || r.User == "" || r.User == "root" || len(r.Destinations) == 0 {
		return
	}
	names := "[]"
	if slices.Contains(r.Destinations, "*") {
		names = "[storage, tmp]"
	}
	out.Info("%s: the service can change the application's own files; `run: {writable: %s}`, with what it writes to, keeps them from that",
		f.Pos("run"), names)
}
