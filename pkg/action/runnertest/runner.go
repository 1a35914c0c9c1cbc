// Package runnertest starts a program as GitHub's runner starts that of a container action, and reads what it says to
// the runner: outputs, summary, annotations, masks.
package runnertest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"gopkg.in/yaml.v3"
)

// Owner is the uid and gid of the runner's user, to whom the workspace belongs.
const Owner = 1001

// Runner is a job's directories on the machine, and the action that its steps start.
type Runner struct {
	Workspace string            // of the checkout
	Temp      string            // RUNNER_TEMP
	Home      string            // HOME of all containers of the job
	Container bool              // whether steps see the directories where they are in a container
	program   string            // the action's
	inputs    map[string]string // the action's defaults, by name
	dir       string
}

// New makes the directories. The steps run in a root directory and mount namespace of their own where that is allowed,
// else with the same variables that name the directories where they are.
func New(t testing.TB, program, actionFile string) *Runner {
	t.Helper()
	dir, err := os.MkdirTemp("", "runner-") //nolint:usetesting // other users reach it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	r := &Runner{dir: dir, program: program, inputs: defaults(t, actionFile), Workspace: filepath.Join(dir, "workspace"),
		Temp: filepath.Join(dir, "runner_temp"), Home: filepath.Join(dir, "home")}
	for _, name := range append(mounts, "") {
		if err := errors.Join(os.MkdirAll(filepath.Join(dir, name), 0o755), os.Chmod(filepath.Join(dir, name), 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	try := exec.CommandContext(t.Context(), "unshare", "--mount", "env", "-C", "/", "true")
	if out, err := try.CombinedOutput(); err != nil || os.Geteuid() != 0 {
		t.Logf("not in a mount namespace, which only root may make: uid %d, %v: %v %s", os.Geteuid(), try.Args, err, out)
	} else {
		r.Container = true
	}
	return r
}

// mounts are what a container of an action sees below /github.
var mounts = []string{"workspace", "home", "workflow", "file_commands", "runner_temp"}

// defaults reads the inputs of an action.yml: the runner passes on all of them, given or not.
func defaults(t testing.TB, file string) map[string]string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var action struct {
		Inputs map[string]struct{ Default string }
	}
	if err := yaml.Unmarshal(text, &action); err != nil {
		t.Fatal(err)
	}
	inputs := map[string]string{}
	for name, in := range action.Inputs {
		inputs[name] = in.Default
	}
	return inputs
}

// Path returns where a step sees a directory or file of the runner's.
func (r *Runner) Path(elements ...string) string {
	if r.Container {
		return filepath.Join(append([]string{"/github"}, elements...)...)
	}
	return filepath.Join(append([]string{r.dir}, elements...)...)
}

// Own gives the workspace to the runner's user, as actions/checkout leaves it.
func (r *Runner) Own(t testing.TB) {
	t.Helper()
	if os.Geteuid() != 0 {
		return
	}
	err := filepath.WalkDir(r.Workspace, func(path string, _ os.DirEntry, err error) error {
		return errors.Join(err, os.Lchown(path, Owner, Owner))
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Step is a step of a workflow that uses the action.
type Step struct {
	Event Event
	With  map[string]string
	Env   map[string]string
	// Cancel, where it is set, has the runner stop the step when it has printed that: as docker stop does, by SIGTERM.
	Cancel string
}

// Run runs the step.
func (r *Runner) Run(t testing.TB, s Step) *Result {
	t.Helper()
	output, summary := filepath.Join("file_commands", "set_output_0c5e"), filepath.Join("file_commands", "step_summary_0c5e")
	for _, file := range []string{output, summary} {
		if err := os.WriteFile(filepath.Join(r.dir, file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(r.dir, "workflow", "event.json"), []byte(s.Event.Payload), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), r.program)
	cmd.Dir = r.Workspace
	if r.Container {
		// No shell between: it would drop variables with a dash in their names.
		cmd = exec.CommandContext(t.Context(), "nsenter", "--mount=/proc/"+r.enter(t)+"/ns/mnt", "chroot", filepath.Join(r.dir, "root"),
			"env", "-C", r.Path("workspace"), "/pakman")
	}
	cmd.Env = r.environment(s, r.Path(output), r.Path(summary))
	log := &watched{want: s.Cancel, stop: func() { _ = cmd.Process.Signal(syscall.SIGTERM) }}
	cmd.Stdout, cmd.Stderr, cmd.WaitDelay = log, log, time.Minute
	err := cmd.Run()
	if exit := new(exec.ExitError); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return r.read(t, cmd.ProcessState.ExitCode(), log.text.String(), output, summary)
}

// enter makes a mount namespace, with a container's root directory in it, that lasts until the test ends, and returns the
// number of a process there.
func (r *Runner) enter(t testing.TB) string {
	t.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), "unshare", "--mount", "--propagation", "private", "/bin/sh", "-euc",
		layOut, "layout", r.dir, r.program)
	var problem strings.Builder
	cmd.Stderr = &problem
	in, err := cmd.StdinPipe()
	out, errOut := cmd.StdoutPipe()
	if err = errors.Join(err, errOut, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := errors.Join(in.Close(), cmd.Wait()); err != nil {
			t.Errorf("%v %s", err, problem.String())
		}
	})
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "ready\n" {
		t.Fatalf("no container: %v %s", err, problem.String())
	}
	return strconv.Itoa(cmd.Process.Pid)
}

// layOut makes the root directory of a container out of the machine's. What a container would hold by itself (/tmp, root's
// home, caches) is empty.
const layOut = `
dir=$1 program=$2 root=$1/root
mkdir -p "$root"
mount -t tmpfs tmpfs "$root"
for entry in /*; do
	case $entry in /tmp | /root | /github) continue ;; esac
	if [ -L "$entry" ]; then
		cp -P "$entry" "$root$entry"
	elif [ -d "$entry" ]; then
		mkdir "$root$entry"
		mount --rbind "$entry" "$root$entry"
	fi
done
mkdir -m 1777 "$root/tmp"
mkdir -m 700 "$root/root"
[ ! -d "$root/var/cache" ] || mount -t tmpfs tmpfs "$root/var/cache"
for name in workspace home workflow file_commands runner_temp; do
	mkdir -p "$root/github/$name"
	mount --bind "$dir/$name" "$root/github/$name"
done
cp "$program" "$root/pakman"
echo ready
read -r _ || :
`

// watched is the log of a step that is stopped when it has printed something.
type watched struct {
	mu      sync.Mutex
	text    bytes.Buffer
	want    string
	stop    func()
	stopped bool
}

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	n, err := w.text.Write(p)
	if !w.stopped && w.want != "" && strings.Contains(w.text.String(), w.want) {
		w.stopped = true
		w.stop()
	}
	return n, err
}
