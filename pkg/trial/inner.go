package trial

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/pakman/build/pkg/recipe"
)

// The copy of this program that starts a service, and the variable by which it knows that it is the copy.
const (
	inner         = "/.trial/pakman"
	innerVariable = "PAKMAN_TRIAL"
)

// order is what the copy is told.
type order struct {
	Name    string // of the package
	Service string // as OpenRC calls it
	Suffix  string // of the service, where there are several
	Health  *recipe.Health
	Settle  time.Duration
}

// The service is asked from within its own network, so a copy of this program is started there, whatever program it is part of
// (pakman, a test), and never gets to main.
//
//nolint:gochecknoinits // no registry: it must come before main of every program, also of tests
func init() {
	if len(os.Args) == 1 && os.Args[0] == inner && os.Getenv(innerVariable) != "" {
		syscall.Exit(enter())
	}
}

// enter tries a service and answers with the verdict.
func enter() int {
	var o order
	if err := json.NewDecoder(os.Stdin).Decode(&o); err != nil {
		return 1
	}
	if err := json.NewEncoder(os.Stdout).Encode(o.try()); err != nil {
		return 1
	}
	return 0
}

// prelude gives the environment of the package's init script, which is the only place that says what it is.
const prelude = `RC_SVCNAME=$2
. /etc/init.d/"$1"
_environment || exit 1
`

const startService = prelude + `if [ "$supervisor" = s6 ]; then
	exec env -i /usr/libexec/"$1"/start $3
fi
exec /usr/libexec/"$1"/start $3
`

const askCommand = prelude + `cd /var/lib/"$1" || exit 1
exec sh -c "$3"
`

// try starts the service as OpenRC does, asks it, and ends it.
func (o order) try() verdict {
	said := &tail{most: mostOutput}
	service := exec.CommandContext(context.Background(), "/bin/sh", "-c", startService, "sh", o.Name, o.Service, o.Suffix)
	service.Env = []string{searchPath}
	service.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	service.Stdout, service.Stderr = said, said
	service.WaitDelay = time.Second
	began := time.Now()
	if err := service.Start(); err != nil {
		return verdict{State: ended, Exit: err.Error()}
	}
	over := make(chan string, 1)
	go func() {
		_ = service.Wait() // the state says it
		over <- service.ProcessState.String()
	}()
	v := o.watch(began, over)
	if v.State != ended {
		v.Ports = listening()
		o.stop(service.Process.Pid, over)
	}
	v.Output = o.output(said.String())
	const between, most = 100 * time.Millisecond, 20
	for i := 0; v.State == ended && len(v.Output) == 0 && i < most; i++ { // what writes the log may be a process of its own
		time.Sleep(between)
		v.Output = o.output(said.String())
	}
	return v
}

// watch asks until the service works, ends, or its time is over.
func (o order) watch(began time.Time, over <-chan string) verdict {
	limit := o.Settle
	if o.Health != nil {
		limit = o.Health.Timeout
	}
	const between = 100 * time.Millisecond
	v := verdict{State: silent}
	for {
		select {
		case exit := <-over:
			return verdict{State: ended, Exit: exit, Answer: v.Answer, After: time.Since(began)}
		case <-time.After(between):
		}
		v.After = time.Since(began)
		if o.Health != nil {
			answer, well := o.ask(limit - v.After)
			if v.Answer = answer; well {
				v.State, v.After = works, time.Since(began)
				return v
			}
		}
		if v.After >= limit {
			if o.Health == nil {
				v.State, v.Answer = works, fmt.Sprintf("it ran for %s", limit)
			}
			return v
		}
	}
}

// stop ends a service and what it started.
func (o order) stop(pid int, over <-chan string) {
	const grace = 10 * time.Second
	_ = syscall.Kill(-pid, syscall.SIGTERM)
	select {
	case <-over:
	case <-time.After(grace):
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL)
}

// output returns the last lines of a service: of its log, or what it printed.
func (o order) output(said string) []string {
	const most = 20
	if log, err := readEnd("/var/log/" + o.Name + "/" + o.Name + o.Suffix + ".log"); err == nil {
		said += log
	}
	lines := strings.Split(strings.TrimRight(said, "\n"), "\n")
	if lines = lines[max(0, len(lines)-most):]; len(lines) == 1 && lines[0] == "" {
		return nil
	}
	for i, line := range lines {
		lines[i] = shortened(line)
	}
	return lines
}
