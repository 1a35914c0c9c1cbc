package apkbuild

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/recipe"
)

// view is a recipe as the templates see it.
type view struct {
	*recipe.Recipe
	AppDir        string
	User          string // empty where the service runs as root
	Options       []string
	Depends       []string // with the conflicts, in abuild's way
	Users         []string
	Groups        []string
	Install       []string // suffixes of install scripts
	OpenRCInstall []string // the same of the package of the init script
	Trigger       bool     // there is a trigger
	Splits        []subpackage
	Subpackages   []subpackage // those with a split function of their own
	Sources       []string     // suffixes of files that package() installs
	Sums          []sum
	Placed        []placed
	RootOwned     []rootOwned
	Copies        []copied
	LeftOut       *leftOut
	Files         []recipe.File
	BuildEnv      []setting
	Environment   []setting
	Services      []service
	Stops         []service // those of the services that have a stop command
	Commands      []command
	CommandNames  []string
	Prepare       *script
	Build         *script
	Check         *script
	Package       *script
}

// setting is an assignment.
type setting struct{ Name, Value string }

// sum is a line of sha512sums.
type sum struct{ Sum, Name string }

// rootOwned is a directory below the application's that its user must not own.
type rootOwned struct {
	Dir  string
	Deep bool
}

// S6 reports whether s6 supervises the service.
func (v *view) S6() bool { return v.Supervisor == supervisorS6 }

// One reports whether there is nothing for SERVICE_MODE to choose.
func (v *view) One() bool { return len(v.Services) <= 1 }

// Strict reports whether an unknown SERVICE_MODE is an error.
func (v *view) Strict() bool { return !v.One() && !v.AnyMode }

// HasInit reports whether there is an init script, be it for its extra commands alone.
func (v *view) HasInit() bool { return v.Supervisor != "" || len(v.Recipe.Commands) > 0 }

// Default returns the service that runs without SERVICE_MODE.
func (v *view) Default() service { return v.Services[0] }

// Modes lists the services' names for people.
func (v *view) Modes() string {
	names := make([]string, len(v.Services))
	for i, s := range v.Services {
		names[i] = s.Name
	}
	return strings.Join(names, " ")
}

// RestartPeriod returns the seconds within which OpenRC counts the restarts: as many as they can take with their delays.
func (v *view) RestartPeriod() int {
	const longest = 2 * 60 // a delay, and a run that ends soon
	return v.Restarts * longest
}

// ProgramPath returns where services find programs.
func (*view) ProgramPath() string { return programPath }

// HasConfd reports whether there is something to configure.
func (v *view) HasConfd() bool {
	return v.HasInit() && (len(v.Environment) > 0 || len(v.Services) > 1)
}

// Wrapped reports whether package() has more to do than the user's own script.
func (v *view) Wrapped() bool { return v.Package != nil && (len(v.Placed) > 0 || len(v.Files) > 0) }

// NeedsCopy reports whether package() copies destinations.
func (v *view) NeedsCopy() bool { return v.Package == nil && len(v.Copies) > 0 }

// newView decides everything that the templates ask for.
func newView(r *recipe.Recipe) (*view, error) {
	v := &view{
		Recipe:      r,
		AppDir:      AppDir,
		User:        serviceUser(r),
		Options:     options(r),
		Depends:     slices.Clone(r.Depends),
		Files:       files(r),
		BuildEnv:    settings(r.BuildEnv),
		Environment: settings(r.Environment),
		Subpackages: subpackages(r),
	}
	for _, c := range r.Conflicts {
		v.Depends = append(v.Depends, "!"+strings.TrimPrefix(c, "!"))
	}
	v.Users, v.Groups = owners(v)
	if v.HasInit() {
		v.Splits = append(v.Splits, subpackage{Name: r.Name + "-openrc"})
	}
	v.Splits = append(v.Splits, v.Subpackages...)
	for _, d := range r.Destinations {
		v.Copies = append(v.Copies, copyOf(d))
	}
	v.LeftOut = newLeftOut(r, v.Copies)
	if err := v.addScripts(); err != nil {
		return nil, err
	}
	if err := v.addServices(); err != nil {
		return nil, err
	}
	v.Placed = places(v)
	v.RootOwned = v.rootOwned()
	return v, nil
}

// options returns abuild's options, for what the recipe does without.
func options(r *recipe.Recipe) []string {
	var o []string
	if r.Check == nil {
		o = append(o, "!check")
	}
	if !r.Strip {
		o = append(o, "!strip")
	}
	if !r.Trace {
		o = append(o, "!tracedeps")
	}
	return o
}

// settings sorts assignments by name.
func settings(m map[string]string) []setting {
	out := make([]setting, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, setting{k, m[k]})
	}
	return out
}

// serviceUser returns the user that is made for the package.
func serviceUser(r *recipe.Recipe) string {
	if r.User == rootUser {
		return ""
	}
	return r.User
}

// owners returns the users and groups other than root that files of the package belong to.
func owners(v *view) (users, groups []string) {
	add := func(to []string, who string) []string {
		if who == "" || who == rootUser || slices.Contains(to, who) {
			return to
		}
		return append(to, who)
	}
	users, groups = add(nil, v.User), add(nil, v.User)
	for _, f := range v.Files {
		user, group, _ := strings.Cut(f.Owner, ":")
		users, groups = add(users, user), add(groups, group)
	}
	return users, groups
}

// initDigest returns the checksum, as sha256sum prints it, of the init script and its configuration.
func initDigest(v *view, services []File) string {
	digest := sha256.New()
	for _, f := range services {
		if suffix := strings.TrimPrefix(f.Name, v.Name+"."); suffix == "initd" || suffix == "confd" {
			_, _ = digest.Write(f.Body) // a hash takes everything
		}
	}
	return hex.EncodeToString(digest.Sum(nil)) + "  -"
}

// addSources names the service files with their checksums.
func (v *view) addSources(files []File) {
	for i, f := range files {
		digest := sha512.Sum512(f.Body)
		v.Sources = append(v.Sources, v.Placed[i].Suffix)
		v.Sums = append(v.Sums, sum{hex.EncodeToString(digest[:]), f.Name})
	}
}
