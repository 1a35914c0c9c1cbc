package native

import (
	"context"
	"errors"

	"github.com/pakman/build/pkg/proc"
)

// ashTest is the question of driver.sh: whether sh, or another shell of this machine, has the language of Alpine's.
const ashTest = `(eval 'v=a.b; [ "${v//./_}" = a_b ] && [[ $v = a.b ]]') 2>/dev/null ||
{ busybox ash -c : && ! busybox ash -c 'PATH=/nowhere; ls /' || bash --posix -c :; } >/dev/null 2>&1`

// HasAsh reports whether this machine has a shell of ash's language, with programs from path. Where that cannot be found out
// it has one: a build says so otherwise.
func HasAsh(ctx context.Context, path string) bool {
	_, err := proc.Run(ctx, proc.Cmd{Path: "/bin/sh", Args: []string{"-c", ashTest}, Dir: "/", Env: []string{"PATH=" + path}})
	var failed *proc.Error
	return !errors.As(err, &failed) || failed.ExitCode <= 0
}
