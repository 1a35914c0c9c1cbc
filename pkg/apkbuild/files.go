package apkbuild

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/recipe"
)

const (
	supervisorS6     = "s6"
	supervisorDaemon = "supervise-daemon"
	rootUser         = "root"
)

// placed is a generated file that package() installs.
type placed struct {
	Suffix   string // of its name in the build directory
	Mode     string
	Path     string
	template string
}

// places says which generated files go where.
func places(v *view) []placed {
	app := "/var/lib/" + v.Name
	var p []placed
	if v.HasInit() {
		p = append(p, placed{"initd", "755", "/etc/init.d/" + v.Name, "openrc-" + cmp.Or(v.Supervisor, "none")})
	}
	if v.HasConfd() {
		p = append(p, placed{"confd", "644", "/etc/conf.d/" + v.Name, "confd"})
	}
	if v.Supervisor != "" {
		p = append(p, placed{"start", "755", "/usr/libexec/" + v.Name + "/start", "start"})
	}
	if v.S6() {
		p = append(p,
			placed{"run", "755", app + "/service/run", "s6-run"},
			placed{"finish", "755", app + "/service/finish", "s6-finish"},
			placed{"log", "755", app + "/service/log/run", "s6-log"},
		)
	}
	if v.Site != nil {
		p = append(p, placed{"serve", "755", "/usr/libexec/" + v.Name + "/serve", "site-serve"})
		if !v.Site.Own {
			p = append(p, placed{"nginx", "644", "/etc/" + v.Name + "/nginx.conf", "site-nginx"})
		}
	}
	if v.Loader {
		p = append(p,
			placed{"environment", "755", app + "/bin/environment", "environment"},
			placed{"env-exec", "755", app + "/bin/env-exec", "env-exec"},
		)
	}
	return p
}

// copied is a destination: what is copied to /var/lib/<pkg>, under its base name.
type copied struct {
	Destination string // as the user wrote it
	Pattern     string
	Hidden      []string // patterns of the names that begin with a dot, where all of a directory is meant
	Flag        string   // cp's: links that the user names are followed, links that a pattern finds are kept
}

// copyOf reads a destination. "dir/*", "dir/**" and "dir/." are all that is in a directory. "*" alone leaves out the names that
// begin with a dot: in the application's own directory they are the settings of its tools.
func copyOf(d string) copied {
	pattern := strings.TrimPrefix(strings.TrimSpace(d), "./")
	for len(pattern) > 1 && strings.HasSuffix(pattern, "/") {
		pattern = strings.TrimSuffix(pattern, "/")
	}
	c := copied{Destination: d, Pattern: pattern, Flag: "-H"}
	if dir, base := path.Split(pattern); dir != "" && (base == "*" || base == "**" || base == ".") {
		c.Pattern, c.Hidden = dir+"*", []string{dir + ".[!.]*", dir + "..?*"}
	}
	if strings.ContainsAny(c.Pattern, "*?[") {
		c.Flag = "-P"
	}
	return c
}

// matches reports whether c may copy an entry of that name.
func (c copied) matches(entry string) bool {
	ok, err := path.Match(path.Base(c.Pattern), entry)
	return c.Pattern == "." || err != nil || ok
}

// rootOwned returns the directories with files that root executes, where a destination may bring them along.
func (v *view) rootOwned() []rootOwned {
	brought := func(dir string) bool {
		return slices.ContainsFunc(v.Copies, func(c copied) bool { return c.matches(dir) })
	}
	var dirs []rootOwned
	if v.Loader && brought("bin") {
		dirs = append(dirs, rootOwned{Dir: "bin"})
	}
	if v.S6() && brought("service") {
		dirs = append(dirs, rootOwned{Dir: "service", Deep: true})
	}
	return dirs
}

// codeOfRoot reports whether the service may write to named paths alone.
func (v *view) codeOfRoot() bool {
	return v.CodeOfRoot && v.User != "" && v.NeedsCopy() && !slices.Contains(v.Writable, ".")
}

// writable returns the paths that the service may write to as absolute ones.
func (v *view) writable() []string {
	var paths []string
	for _, w := range v.Writable {
		paths = append(paths, path.Join("/var/lib", v.Name, w))
	}
	return paths
}

// files completes destinations that name a directory to put the file into.
func files(r *recipe.Recipe) []recipe.File {
	out := slices.Clone(r.Files)
	for i, f := range out {
		if strings.HasSuffix(f.Destination, "/") {
			out[i].Destination = path.Join(f.Destination, path.Base(f.Source))
		}
		out[i].Source = strings.TrimSuffix(f.Source, "/")
	}
	return out
}

// subpackage is a split with its function.
type subpackage struct {
	recipe.Subpackage
	Name     string
	Function string // empty: abuild's own for the name's suffix
	Files    []string
}

// ownFunctions are those of the template.
var ownFunctions = []string{"_common", "_collide", "_copy", "_install", "_sizes", "_application"}

// subpackages returns the subpackages, each with the name of its split function. Patterns lose their leading slash: abuild expands
// them in $pkgdir.
func subpackages(r *recipe.Recipe) []subpackage {
	var out []subpackage
	for i, s := range r.Subpackages {
		function := "_" + strings.Map(func(c rune) rune {
			if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' {
				return c
			}
			return '_'
		}, strings.TrimPrefix(s.Name, r.Name+"-"))
		taken := func(o subpackage) bool { return o.Function == function }
		if slices.ContainsFunc(out, taken) || slices.Contains(ownFunctions, function) {
			function = fmt.Sprintf("%s_%d", function, i+1)
		}
		patterns := make([]string, len(s.Files))
		for j, f := range s.Files {
			patterns[j] = strings.TrimLeft(f, "/")
		}
		out = append(out, subpackage{Subpackage: s, Name: s.Name, Function: function, Files: patterns})
	}
	return out
}

// splits writes subpackages=. Names that begin with the package's are written with $pkgname, as packagers do.
func splits(subs []subpackage) (string, error) {
	words := make([]string, len(subs))
	for i, s := range subs {
		if _, err := name(s.Name); err != nil {
			return "", err
		}
		words[i] = s.Name
		if s.Function == "" {
			words[i] = "$pkgname-openrc"
		} else {
			words[i] += ":" + s.Function
		}
	}
	return lines(words), nil
}
