package builder

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/sandbox"
)

// Sandbox makes the sandbox that the user's commands run in. Besides Job.Hide it closes the places
// where machines keep secrets, and leaves open what the build's environment names: caches,
// certificates and the programs on PATH, which often lie in a home directory.
func (j Job) Sandbox() (*sandbox.Sandbox, error) {
	homes := j.homes()
	p := sandbox.Policy{Hide: slices.Concat(j.Hide, homes, secretPlaces), Workspace: j.Workspace, Offline: j.Offline}
	for _, place := range j.runnerPlaces() {
		if hideable(place) {
			p.Hide = append(p.Hide, place)
		}
	}
	if j.Workspace == "" {
		p.Show = append(p.Show, j.Dir, j.TempDir)
	}
	if j.CacheDir != "" {
		// What does not exist yet could not be shown, and the caches' own directories are made in it by and by.
		if err := os.MkdirAll(j.CacheDir, 0o755); err != nil { //#nosec G301 -- the build's user reads it
			return nil, err
		}
		p.Show = append(p.Show, j.CacheDir)
	}
	for _, entry := range j.Environment("/") {
		name, value, _ := strings.Cut(entry, "=")
		p.Show = append(p.Show, named(name, value, homes)...)
	}
	for _, home := range homes {
		for _, file := range credentials {
			p.Hide = append(p.Hide, filepath.Join(home, file))
		}
	}
	return sandbox.New(p)
}

// Warning tells of a sandbox that does not hold; empty where it does.
func Warning(s *sandbox.Sandbox) string {
	if s.Means() != sandbox.None {
		return ""
	}
	return "this system grants neither namespaces nor Landlock: the build can read whatever its user may read; see docs/isolation.md of PAKman"
}

// secretPlaces are the sockets by which a process becomes root or somebody else, and where containers
// keep what they are entrusted with.
var secretPlaces = []string{
	"/run/docker.sock", "/run/podman", "/run/containerd", "/run/user", "/run/secrets",
	"/var/run/docker.sock", "/var/run/podman", "/var/run/containerd", "/var/run/secrets",
}

// credentials are files beside the programs in a home directory.
var credentials = []string{".cargo/credentials", ".cargo/credentials.toml", ".local/share/keyrings"}

// runnerPlaces are the files and directories that hold what is not the build's, by the variables that name them.
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
	for _, name := range []string{"GITHUB_ENV", "GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STATE", "GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH"} {
		if file := j.Outer(name); file != "" {
			places = append(places, filepath.Dir(file))
		}
	}
	return places
}

// homes are the home directories of this process's user, as far as they are no part of the system.
func (j Job) homes() []string {
	var homes []string
	if j.Outer != nil {
		homes = append(homes, j.Outer("HOME"))
	}
	if u, err := user.Current(); err == nil {
		homes = append(homes, u.HomeDir)
	}
	homes = slices.DeleteFunc(homes, func(dir string) bool { return !hideable(dir) })
	slices.Sort(homes)
	return slices.Compact(homes)
}

// hideable tells that a build can do without the place. System users have homes like /bin or /.
func hideable(place string) bool {
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

// named returns the paths in a variable's value. A directory of PATH in a home directory stands for the
// toolchain that it belongs to: ~/.nvm/versions/node/v24/bin for ~/.nvm.
func named(name, value string, homes []string) []string {
	var paths []string
	for _, path := range strings.FieldsFunc(value, func(r rune) bool { return r == ':' || r == ',' }) {
		if !strings.HasPrefix(path, "/") {
			continue
		}
		path = filepath.Clean(path)
		for _, home := range homes {
			if rest, ok := strings.CutPrefix(path, home+"/"); ok && name == "PATH" {
				first, _, _ := strings.Cut(rest, "/")
				path = filepath.Join(home, first)
			}
		}
		paths = append(paths, path)
	}
	return paths
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
