// Command pakman turns an application and one YAML file into signed Alpine packages. GitHub starts
// it without arguments as an action; everyone else starts it as a command line.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"github.com/pakman/build/pkg/action"
	"github.com/pakman/build/pkg/cli"
	"github.com/pakman/build/pkg/process"
)

// version is set by the release's linker flags.
var version string

func main() {
	process.TuneMemory(os.Getenv)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx)
	stop()
	os.Exit(code)
}

func run(ctx context.Context) int {
	configDir, _ := os.UserConfigDir() // no home directory: no local key
	self, _ := os.Executable()         // if it is unknown, no build can be repeated
	env := process.Env{
		Args: os.Args[1:], Environ: os.Environ(), Getenv: os.Getenv, Self: self, Version: programVersion(),
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, ConfigDir: configDir, CacheDir: cacheDir(),
	}
	if len(env.Args) == 0 && env.Getenv("GITHUB_ACTIONS") == "true" {
		return action.Main(ctx, env)
	}
	return cli.Main(ctx, env)
}

// cacheDir returns the directory for the caches of builds, "" if there is no home directory. Builds that root starts run as
// another user, who cannot read root's home directory.
func cacheDir() string {
	if os.Geteuid() == 0 {
		return "/var/cache"
	}
	dir, _ := os.UserCacheDir()
	return dir
}

// programVersion returns the release's version, else what the Go command recorded.
func programVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}
