package trial

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/proc"
	"github.com/pakman/build/pkg/recipe"
	"github.com/pakman/build/pkg/sandbox"
)

// machine is a root directory with packages.
type machine struct {
	box     *sandbox.Sandbox
	path    string // of the root directory
	dir     *os.Root
	name    string
	user    string // of the services; empty: root
	users   []string
	depends []string // what the packages need of Alpine
	scripts []apk.Script
	notes   []string
	hide    []string // what the packages must not read of the machine, without links

	scriptTime time.Duration // at most, of an install script
}

// firstUser is the number of the first user of a package. No distribution gives it to anybody.
const firstUser = 62800

// idOf returns the number of a user or group on the machine.
func (m *machine) idOf(name string) int {
	if sandbox.SameUser() {
		return os.Geteuid()
	}
	if name == "" || name == "root" {
		return 0
	}
	for i, user := range m.users {
		if user == name {
			return firstUser + i
		}
	}
	m.users = append(m.users, name)
	return firstUser + len(m.users) - 1
}

// PATH of scripts and services.
const searchPath = "PATH=/usr/sbin:/usr/bin:/sbin:/bin"

// script runs an install script. It is not root here, so that what it could not do is told, and is no failure.
func (m *machine) script(ctx context.Context, name string) error {
	for _, s := range m.scripts {
		if s.Name != name {
			continue
		}
		log := &tail{most: mostOutput}
		limited, cancel := context.WithTimeout(ctx, m.scriptTime)
		_, err := m.box.Run(limited, proc.Cmd{
			Path: "/bin/sh", Args: []string{"-s", "1.0"}, Dir: "/", Env: []string{searchPath}, Stdin: bytes.NewReader(s.Body),
			Stdout: log, Stderr: log,
		})
		cancel()
		failed, ok := errors.AsType[*proc.Error](err)
		switch title := strings.TrimPrefix(name, "."); {
		case err == nil:
		case ctx.Err() != nil || !ok:
			return fmt.Errorf("run the script %s: %w", title, err)
		case errors.Is(err, context.DeadlineExceeded):
			m.notes = append(m.notes, fmt.Sprintf("the script %s was stopped after %s: %s", title, m.scriptTime, lastLine(log.String())))
		default:
			m.notes = append(m.notes, fmt.Sprintf("the script %s ended with %v, without root's rights: %s", title, failed.Err,
				lastLine(log.String())))
		}
	}
	return nil
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return shortened(lines[len(lines)-1])
}

// settle is how long a service without a health check must keep running.
const settle = 3 * time.Second

// try starts a service, and waits until it works or the time is over.
func (m *machine) try(ctx context.Context, s recipe.Service, several bool) (v verdict, err error) {
	order := order{Name: m.name, Service: m.name, Health: s.Health, Settle: settle}
	if several {
		order.Suffix = "." + s.Name
		order.Service += order.Suffix
	}
	limit := settle
	if s.Health != nil {
		limit = s.Health.Timeout
	}
	const spare = 30 * time.Second // to start and to stop
	ctx, cancel := context.WithTimeout(ctx, limit+spare)
	defer cancel()
	if err := m.copyProgram(); err != nil {
		return v, fmt.Errorf("prepare the trial of the service %s: %w", s.Name, err)
	}
	text, err := json.Marshal(order)
	if err != nil {
		return v, err
	}
	answer := &tail{most: mostAnswer}
	command := proc.Cmd{
		Path: inner, Dir: "/", Env: []string{searchPath, innerVariable + "=1"}, Stdin: bytes.NewReader(text), Stdout: answer,
		Stderr: io.Discard,
	}
	if id := uint32(m.idOf(m.user)); !sandbox.SameUser() && id != 0 { //#nosec G115 -- small
		command.Credential = &syscall.Credential{Uid: id, Gid: id, Groups: []uint32{}}
	}
	if _, err = m.box.Run(ctx, command); err == nil {
		v, err = parse([]byte(answer.String()), s.Health != nil)
	}
	if err != nil {
		return verdict{}, fmt.Errorf("try the service %s: %w", s.Name, err)
	}
	return v, nil
}

// copyProgram puts a copy of this program into the root directory. It starts the services and asks them, in their network. What ran
// before may have changed it, or the directory, so that each service gets a new one.
func (m *machine) copyProgram() error {
	from, err := os.Open("/proc/self/exe")
	if err != nil {
		return err
	}
	defer func() { _ = from.Close() }() // only read
	name := strings.TrimPrefix(inner, "/")
	if err := m.dir.RemoveAll(path.Dir(name)); err != nil {
		return err
	}
	if err := m.makeDir(path.Dir(name)); err != nil {
		return err
	}
	if err := m.write(name, from); err != nil {
		return err
	}
	return m.dir.Chmod(name, 0o755)
}
