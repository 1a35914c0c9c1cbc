package recipe

import (
	"cmp"
	"maps"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/pakman/build/pkg/config"
)

const (
	s6              = "s6"
	superviseDaemon = "supervise-daemon"

	defaultLogSize  = 1_000_000
	defaultLogCount = 10

	// defaultHealthTimeout is how long a service may take until it works.
	defaultHealthTimeout = 30 * time.Second
)

// run resolves services and commands. Static packages have that of their site at most; on the platform, custom ones have none:
// the script installs everything.
func (v *resolver) run(r *Recipe) {
	f := v.file
	run := f.Run
	if f.Type == "static" || f.Type == "custom" && f.Instellar() {
		run.Services, run.Commands = nil, nil
	}
	home := home(r.Name)
	for _, s := range run.Services {
		service := newService(home, s)
		service.Health = newHealth(s.Health, run.Environment)
		r.Services = append(r.Services, service)
	}
	for _, c := range run.Commands {
		r.Commands = append(r.Commands, Command{
			Name: c.Name, Command: command(home, c.Path, c.Binary), Args: strings.TrimSpace(c.Call),
		})
	}
	r.User = run.User
	if v.site(r); len(r.Services)+len(r.Commands) == 0 {
		return
	}
	r.CodeOfRoot = f.Given("run.writable") || !f.Instellar() // on the platform, old files expect to own everything
	r.AnyMode = f.Instellar() && len(r.Services) > 1
	for _, w := range unique(run.Writable) {
		r.Writable = append(r.Writable, path.Clean(w))
	}
	if r.Site == nil {
		r.Environment = maps.Clone(run.Environment)
	}
	if len(r.Services) > 0 {
		r.Supervisor = v.supervisor(r)
		r.Restarts, _ = config.ParseCount(run.Restarts) // Load has checked them
		r.LogSize, _ = config.ParseLogSize(run.Log.Size)
		r.LogCount, _ = config.ParseCount(run.Log.Count)
		r.LogSize, r.LogCount = cmp.Or(r.LogSize, defaultLogSize), cmp.Or(r.LogCount, defaultLogCount)
	}
	r.Loader = f.Instellar() || r.Supervisor == s6
	if r.User == "" && len(r.Services) > 0 {
		r.User = r.Name
		if !account.MatchString(r.Name) || len(r.Name) > maxAccount {
			v.fault("run.user", "Write `run: {user: …}` with a name of at most 32 lowercase letters, digits, _ and -",
				"the services run as a user with the package's name, and %q is not a valid user name", r.Name)
		}
	}
}

// supervisor returns the file's supervisor; else s6 if the package depends on it or the platform expects it.
func (v *resolver) supervisor(r *Recipe) string {
	chosen := v.file.Run.Supervisor
	if chosen == "" && (v.file.Instellar() || needs(r.Depends, s6)) {
		chosen = s6
	}
	if chosen == s6 {
		r.Depends = with(r.Depends, s6)
	}
	return cmp.Or(chosen, superviseDaemon)
}

// home returns the directory in which the application is installed.
func home(name string) string { return "/var/lib/" + name }

func newService(home string, s config.Service) Service {
	resolved := Service{
		Name:      s.Name,
		Command:   command(home, s.Path, s.Binary),
		Args:      strings.TrimSpace(s.Start.Call),
		Stop:      strings.TrimSpace(s.Stop),
		Directory: absolute(home, s.Directory),
	}
	if s.StopCall != "" {
		resolved.Stop = config.ShellWord(resolved.Command) + " " + s.StopCall
	}
	return resolved
}

// newHealth returns nil where the file names nothing that answers.
func newHealth(h config.Health, environment map[string]string) *Health {
	if h == (config.Health{}) {
		return nil
	}
	limit, _ := config.ParseTimeout(h.Timeout) // Load has checked it, and the port
	resolved := &Health{Path: h.Path, Command: strings.TrimSpace(h.Command), Timeout: cmp.Or(limit, defaultHealthTimeout)}
	if resolved.Command == "" {
		resolved.Port, _ = strconv.Atoi(cmp.Or(h.Port, environment["PORT"]))
	}
	return resolved
}

// command returns the path of a program: binary in the directory at, which may name the program itself
// (/usr/sbin/caddy), in bin of the application otherwise.
func command(home, at, binary string) string {
	switch {
	case path.IsAbs(binary):
		return path.Clean(binary)
	case at == "" && strings.Contains(binary, "/"):
		return path.Join(home, binary)
	case at == "":
		return path.Join(home, "bin", binary)
	}
	at = absolute(home, at)
	if binary == "" || at != home && path.Base(at) == path.Base(binary) { // home is a directory, whatever the program is called
		return at
	}
	return path.Join(at, binary)
}

// absolute returns a path as an absolute one; relative paths are below home.
func absolute(home, p string) string {
	if path.IsAbs(p) {
		return path.Clean(p)
	}
	return path.Join(home, p)
}
