package builder

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/sandbox"
)

// Sandbox makes the sandbox that the user's commands run in. Besides Job.Hide it closes the places where machines keep
// secrets. What the build's environment names, such as certificates and the programs on PATH, can be read, and in a root of
// its own the certificates alone; only the workspace and the caches can be written.
func (j Job) Sandbox() (*sandbox.Sandbox, error) {
	p, err := j.policy()
	if err != nil {
		return nil, err
	}
	return sandbox.New(p)
}

// policy decides what the sandbox hides, shows and lets the build write to. It makes the cache directory.
func (j Job) policy() (sandbox.Policy, error) {
	homes := j.homes()
	p := sandbox.Policy{Workspace: j.Workspace, Offline: j.Offline, System: j.Root}
	if j.Root == "" { // there nothing of the machine is seen
		p.Hide, p.Show = slices.Concat(j.Hide, j.secretPlaces(), j.otherWorkspaces()), systemPlaces()
	}
	if j.Workspace == "" {
		p.Write = append(p.Write, j.Dir, j.TempDir)
	}
	if j.Dir != "" {
		p.Fixed = append(p.Fixed, filepath.Join(j.Dir, apkbuildFile))
	}
	if j.CacheDir != "" {
		// What does not exist yet could not be shown, and the caches' own directories are made in it by and by.
		if err := os.MkdirAll(j.CacheDir, 0o755); err != nil { //#nosec G301 -- the build's user reads it
			return p, err
		}
		p.Write = append(p.Write, j.CacheDir)
	}
	for _, entry := range j.Environment("/") {
		name, value, _ := strings.Cut(entry, "=")
		places := named(name, value, homes)
		switch _, own := j.Env[name]; {
		case j.Root != "" && caches[name] == "" && !slices.Contains(certificates, name): // of the root: PATH, SHELL
		case caches[name] == "":
			p.Show = append(p.Show, places...)
		case own: // a cache that whoever starts the build named
			p.Write = append(p.Write, places...)
		} // the other caches lie in CacheDir: to show them would make them read-only
	}
	return p, nil
}

// SecretPlaces returns the files and directories where machines keep secrets. getenv returns variables of this process, which name some.
func SecretPlaces(getenv func(string) string) []string {
	return Job{Run: Run{Outer: getenv}}.secretPlaces()
}

func (j Job) secretPlaces() []string {
	homes := j.homes()
	places := slices.Concat(homes, sockets)
	for _, place := range j.runnerPlaces() {
		if Hideable(place) {
			places = append(places, place)
		}
	}
	for _, home := range homes {
		for _, file := range credentials {
			places = append(places, filepath.Join(home, file))
		}
	}
	return places
}

// otherWorkspaces returns the directories in which other builds may work, now or later: what is beside the workspace, and
// the workspaces of other programs.
func (j Job) otherWorkspaces() []string {
	if j.Workspace == "" {
		return nil
	}
	run := filepath.Dir(filepath.Clean(j.Workspace))
	var others []string
	// Hiding it costs something only without namespaces, where nothing can be made directly in a directory above it.
	if j.Several || sandbox.Available() == sandbox.Namespaces {
		others = append(others, run)
	}
	siblings, _ := filepath.Glob(filepath.Join(filepath.Dir(run), "pakman*"))
	for _, dir := range siblings {
		if dir != run {
			others = append(others, dir)
		}
	}
	return others
}

// Enclose closes the workspace to everybody but the account that the build runs as. Nobody but this process's user can
// rename what lies directly in it.
func (j Job) Enclose(as *Account) error {
	if j.Workspace == "" {
		return nil
	}
	if as == nil {
		return os.Chmod(j.Workspace, 0o700) //#nosec G302 -- a directory
	}
	return errors.Join(os.Chown(j.Workspace, 0, int(as.GID)), os.Chmod(j.Workspace, 0o710)) //#nosec G302 -- its group passes through
}

// apkbuildFile is what decides the packages of a build.
const apkbuildFile = "APKBUILD"

// Fix makes the APKBUILD this process's own, in a directory in which the account makes and removes its own files alone. As
// a user, only namespaces can do that.
func (j Job) Fix(as *Account) error {
	if as == nil {
		return nil
	}
	return errors.Join(
		os.Chown(j.Dir, os.Geteuid(), int(as.GID)), os.Chmod(j.Dir, fs.ModeSticky|0o775), //#nosec G302 -- a directory
		os.Lchown(filepath.Join(j.Dir, apkbuildFile), os.Geteuid(), os.Getegid()),
	)
}

// Release closes the workspace, after the build, to the account too.
func (j Job) Release() error {
	if j.Workspace == "" || os.Geteuid() != 0 {
		return nil
	}
	return errors.Join(os.Chown(j.Workspace, 0, 0), os.Chmod(j.Workspace, 0o700)) //#nosec G302 -- a directory
}

// Warning returns the line that says what the system leaves open to the build and what can be done about it; empty
// where nothing is open.
func Warning(s *sandbox.Sandbox) string { return sandbox.Describe(s.Gaps(), sandbox.Remedies()) }

// CheckIsolation returns an error that names each thing that this system leaves open to a build.
func CheckIsolation(offline bool) error {
	gaps := sandbox.Gaps(offline)
	if len(gaps) == 0 {
		return nil
	}
	return fmt.Errorf("isolation is strict, and %s", sandbox.Describe(gaps, sandbox.Remedies()))
}

// sockets are where sockets are by which a process becomes root or somebody else, and where containers
// keep what they are entrusted with.
var sockets = []string{"/run", "/var/run", "/run/docker.sock", "/var/run/docker.sock", "/run/user", "/run/secrets", "/var/run/secrets"}

// systemPlaces returns the system's directories that programs need.
func systemPlaces() []string {
	places := []string{"/run/current-system", "/run/booted-system", "/run/opengl-driver"} // of NixOS
	for _, file := range []string{"/etc/resolv.conf", "/etc/hosts", "/etc/localtime", "/etc/mtab"} {
		if target, err := filepath.EvalSymlinks(file); err == nil {
			places = append(places, target)
		}
	}
	return places
}

// runnerPlaces returns the files and directories that hold what is not the build's, by the variables that name them.
func (j Job) runnerPlaces() []string {
	if j.Outer == nil {
		return nil
	}
	var places []string
	for _, name := range []string{
		"GITHUB_WORKSPACE", "RUNNER_TEMP", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "DOCKER_HOST",
		"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "GOOGLE_APPLICATION_CREDENTIALS",
	} {
		places = append(places, strings.TrimPrefix(j.Outer(name), "unix://"))
	}
	// The runner reads these after the step; a new one for each step lies beside them.
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY",
		"GITHUB_EVENT_PATH"} {
		if file := j.Outer(name); file != "" {
			places = append(places, filepath.Dir(file))
		}
	}
	return places
}

// homes returns the home directories of this process's user, as far as they are no part of the system.
func (j Job) homes() []string {
	var homes []string
	if j.Outer != nil {
		homes = append(homes, j.Outer("HOME"))
	}
	if u, err := user.Current(); err == nil {
		homes = append(homes, u.HomeDir)
	}
	homes = slices.DeleteFunc(homes, func(dir string) bool { return !Hideable(dir) })
	slices.Sort(homes)
	return slices.Compact(homes)
}

// Hideable reports whether a build can do without the place. System users have homes like /bin or /.
func Hideable(place string) bool {
	if !filepath.IsAbs(place) {
		return false
	}
	place = filepath.Clean(place)
	for _, dir := range []string{"/bin", "/boot", "/dev", "/etc", "/lib", "/lib32", "/lib64", "/proc", "/sbin", "/sys", "/usr"} {
		if place == dir || strings.HasPrefix(place, dir+"/") {
			return false
		}
	}
	return !slices.Contains([]string{"/", "/home", "/mnt", "/opt", "/run", "/srv", "/tmp", "/var", "/var/lib", "/var/tmp"}, place)
}

// PrivateDir makes a directory of a builder's own in the job's TempDir. Its name is the same for every
// build, as the build may write it down.
func (j Job) PrivateDir(name string) (string, error) {
	dir, err := filepath.Abs(filepath.Join(j.TempDir, name))
	if err != nil {
		return "", err
	}
	err = os.Mkdir(dir, 0o700)
	if errors.Is(err, fs.ErrExist) {
		return os.MkdirTemp(filepath.Dir(dir), name+"-")
	}
	return dir, err
}
