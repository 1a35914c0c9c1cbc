// Command pakman turns an application and one YAML file into signed Alpine packages. GitHub starts
// it without arguments as an action; everyone else starts it as a command line.
package main

import (
	"context"
	"math"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/pakman/build/pkg/action"
	"github.com/pakman/build/pkg/cli"
)

// version is set by the release's linker flags.
var version string

// memory is how far the heap may grow before the collector works harder, instead of letting it double. It keeps a
// publish into an index of 100,000 packages below 200 MB.
const memory = 150 << 20

// growth is by how many percent the heap may grow between two collections as long as it is far below memory. With Go's own
// 100 a publish into an index of 20,000 packages spends a sixth of its time on collecting, to keep hardly any memory.
const growth = 1000

func main() {
	if debug.SetMemoryLimit(-1) == math.MaxInt64 { // GOMEMLIMIT has not set one
		debug.SetMemoryLimit(memory)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(growth)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx)
	stop()
	os.Exit(code)
}

func run(ctx context.Context) int {
	configDir, _ := os.UserConfigDir() // no home directory: no local key
	cacheDir := cacheDir()
	self, _ := os.Executable() // where it is unknown, no build can be repeated
	if len(os.Args) == 1 && os.Getenv("GITHUB_ACTIONS") == "true" {
		return action.Main(ctx, action.Env{
			Stdout: os.Stdout, Getenv: os.Getenv, Environ: os.Environ(), Self: self, CacheDir: cacheDir,
		})
	}
	return cli.Main(ctx, cli.Env{
		Args: os.Args[1:], Environ: os.Environ(), Self: self, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Getenv: os.Getenv,
		Version: programVersion(), ConfigDir: configDir, CacheDir: cacheDir,
	})
}

// cacheDir is where the caches of builds are kept; empty where there is no home directory. Builds
// that root starts run as another user, to whom root's home directory is closed.
func cacheDir() string {
	if os.Geteuid() == 0 {
		return "/var/cache"
	}
	dir, _ := os.UserCacheDir()
	return dir
}

// programVersion is the release's, else what the Go command recorded.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
