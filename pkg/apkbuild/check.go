package apkbuild

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/recipe"
)

var (
	packageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._+-]*$`)
	version     = regexp.MustCompile(`^[0-9][A-Za-z0-9._~]*$`)
	account     = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)
	digits      = regexp.MustCompile(`^[0-9]+$`)
	octal       = regexp.MustCompile(`^[0-7]{3,4}$`)
)

// checker gathers what cannot be rendered.
type checker struct{ faults config.Faults }

// add notes a fault at key when it is one.
func (c *checker) add(bad bool, key, hint, format string, args ...any) {
	if bad {
		c.faults = append(c.faults, config.Fault{Key: key, Message: fmt.Sprintf(format, args...), Hint: hint})
	}
}

// check finds what would break the generated files, or what two of them would claim at once. Most of it a recipe that
// was resolved from a checked file cannot hold; here it is what keeps text out of places where it would be code.
func check(r *recipe.Recipe) error {
	c := &checker{}
	c.add(!packageName.MatchString(r.Name), "name", "use letters, digits and . _ + -", "%q is not an Alpine package name", r.Name)
	c.add(!version.MatchString(r.Version), "version", "write it like 1.2.3 or 1.2.3_rc1", "%q is not an Alpine version", r.Version)
	c.add(r.Release < 0, "release", "count from 0", "%d is negative", r.Release)
	for _, t := range []setting{{"description", r.Description}, {"url", r.URL}, {"license", r.License}, {"maintainer", r.Maintainer}} {
		c.add(hasControl(t.Value), t.Name, "keep it on one line", "%q holds a line break or another control character", t.Value)
	}
	c.lists(r)
	c.environment("build.env", r.BuildEnv, abuildNames)
	c.destinations(r)
	c.writable(r)
	c.files(r)
	c.run(r)
	c.subpackages(r)
	for kind := range r.Hooks {
		c.add(!slices.Contains(hookNames, kind), "hook."+kind, "use one of "+strings.Join(hookNames, ", "),
			"apk knows no such install script")
	}
	return faultsOrNil(c.faults)
}

// lists checks what abuild splits at spaces.
func (c *checker) lists(r *recipe.Recipe) {
	for _, l := range []struct {
		key   string
		words []string
	}{
		{"architectures", r.Arches},
		{"dependencies.runtime", r.Depends},
		{"dependencies.build", r.MakeDepends},
		{"dependencies.check", r.CheckDepends},
		{"provides", r.Provides},
		{"replaces", r.Replaces},
		{"conflicts", r.Conflicts},
	} {
		for i, w := range l.words {
			c.add(!element.MatchString(w), fmt.Sprintf("%s[%d]", l.key, i), "write it like nodejs or nodejs>=20",
				"%q is not a package name with or without a version", w)
		}
	}
}

// environment checks names of variables.
func (c *checker) environment(key string, env map[string]string, taken *regexp.Regexp) {
	for _, e := range settings(env) {
		at := key + "." + e.Name
		c.add(!config.IsVariableName(e.Name), at, "use letters, digits and _", "%q is not a name of a variable", e.Name)
		c.add(taken.MatchString(e.Name), at, "choose another name",
			"%s has a special meaning there, and setting it would break the script", e.Name)
		c.add(strings.ContainsRune(e.Value, 0), at, "remove the character", "%v", errNUL)
	}
}

// destinations checks what is copied.
func (c *checker) destinations(r *recipe.Recipe) {
	for i, d := range r.Destinations {
		key := fmt.Sprintf("build.destinations[%d]", i)
		p := copyOf(d).Pattern
		outside := path.IsAbs(p) || slices.Contains(strings.Split(p, "/"), "..")
		c.add(p == "", key, "name a file, a directory or a pattern", "it is empty")
		c.add(outside, key, "write it relative to the application's directory", "%q leads out of the application", d)
		c.add(strings.ContainsRune(d, 0), key, "remove the character", "%v", errNUL)
		c.add(r.Supervisor == supervisorS6 && path.Base(p) == "service", key, "rename it, or use supervise-daemon",
			"/var/lib/%s/service is the place of the s6 service", r.Name)
	}
}

// writable refuses what root executes, and its directory: a service that could change it would become root.
func (c *checker) writable(r *recipe.Recipe) {
	for i, w := range r.Writable {
		top, below, _ := strings.Cut(w, "/")
		name, _, _ := strings.Cut(below, "/")
		ofRoot := r.Loader && top == "bin" && slices.Contains([]string{"", "environment", "env-exec"}, name) ||
			r.Supervisor == supervisorS6 && top == "service"
		c.add(ofRoot, fmt.Sprintf("run.writable[%d]", i), "name another path", "root runs programs in /var/lib/%s/%s", r.Name, top)
	}
}

// files checks the entries of files:, and that no two files claim one place.
func (c *checker) files(r *recipe.Recipe) {
	claimed := map[string]string{}
	probe := &view{Recipe: r, Services: make([]service, len(r.Services)), Environment: settings(r.Environment)}
	for _, p := range places(probe) {
		claimed[p.Path] = "a file that is generated"
	}
	if r.Supervisor == supervisorS6 {
		claimed["/var/svc.d/"+r.Name] = "a link that is generated"
	}
	for _, instance := range probe.Instances() {
		claimed["/etc/init.d/"+r.Name+"."+instance] = "a link that is generated"
	}
	for i, f := range files(r) {
		key := fmt.Sprintf("files[%d]", i)
		src, dst := path.Clean(f.Source), f.Destination
		c.add(f.Source == "" || path.IsAbs(src) || src == ".." || strings.HasPrefix(src, "../"), key+".source",
			"write it relative to the application's directory", "%q is not a path inside the application", f.Source)
		c.add(!path.IsAbs(dst) || path.Clean(dst) != dst || dst == "/", key+".destination",
			"write it like /etc/app/app.conf", "%q is not a clean absolute path", dst)
		c.add(strings.ContainsRune(f.Source+dst, 0), key, "remove the character", "%v", errNUL)
		c.add(!octal.MatchString(f.Mode), key+".mode", "write it like 644", "%q is not a mode", f.Mode)
		c.add(f.Config && !strings.HasPrefix(dst, "/etc/"), key+".config", "install it below /etc",
			"apk protects changed files below /etc only")
		user, group, _ := strings.Cut(f.Owner, ":")
		c.add(user != "" && !isAccount(user) || group != "" && !isAccount(group) || user == "" && f.Owner != "", key+".owner",
			"write user or user:group", "%q is not a user", f.Owner)
		c.add(claimed[dst] != "", key+".destination", "install it elsewhere", "%s is %s already", dst, claimed[dst])
		claimed[dst] = "a file of " + key
	}
}

// isAccount reports whether s can name a user or a group.
func isAccount(s string) bool { return account.MatchString(s) && !digits.MatchString(s) }

// run checks services and commands.
func (c *checker) run(r *recipe.Recipe) {
	c.add(r.User != "" && !isAccount(r.User), "run.user", "use lowercase letters, digits, _ and -", "%q is not a name for a user", r.User)
	c.add(!slices.Contains([]string{"", supervisorS6, supervisorDaemon}, r.Supervisor), "run.supervisor",
		"use s6 or supervise-daemon", "%q is not a supervisor", r.Supervisor)
	c.add(r.Supervisor != "" && len(r.Services) == 0, "run.services", "name one", "there is nothing to supervise")
	c.environment("run.environment", r.Environment, openrcNames)
	seen := map[string]bool{}
	for i, s := range r.Services {
		key := fmt.Sprintf("run.services[%d]", i)
		c.add(s.Name == "" || hasControl(s.Name), key+".name", "use letters, digits, _ and -", "%q is not a name for a service", s.Name)
		c.add(seen[s.Name], key+".name", "give it a different name", "%q is there twice", s.Name)
		c.add(!path.IsAbs(s.Command), key+".binary", "set path", "%q is not an absolute path", s.Command)
		c.add(s.Directory != "" && !path.IsAbs(s.Directory), key+".directory", "write an absolute path", "%q is not absolute", s.Directory)
		c.add(strings.ContainsRune(s.Command+s.Args+s.Stop+s.Directory, 0), key, "remove the character", "%v", errNUL)
		seen[s.Name] = true
	}
	seen = map[string]bool{}
	for i, m := range r.Commands {
		key := fmt.Sprintf("run.commands[%d]", i)
		c.add(!config.IsVariableName(m.Name) || openrcFunctions.MatchString(m.Name), key+".name",
			"use another name, of letters, digits and _",
			"%q cannot be a command of an init script", m.Name)
		c.add(seen[m.Name], key+".name", "give it a different name", "%q is there twice", m.Name)
		c.add(!path.IsAbs(m.Command), key+".binary", "set path", "%q is not an absolute path", m.Command)
		c.add(strings.ContainsRune(m.Command+m.Args, 0), key, "remove the character", "%v", errNUL)
		seen[m.Name] = true
	}
}

// subpackages checks splits.
func (c *checker) subpackages(r *recipe.Recipe) {
	taken := map[string]bool{r.Name: true, r.Name + "-openrc": (&view{Recipe: r}).HasInit()}
	for i, s := range r.Subpackages {
		key := fmt.Sprintf("subpackages[%d]", i)
		c.add(!packageName.MatchString(s.Name), key+".name", "use letters, digits and . _ + -", "%q is not an Alpine package name", s.Name)
		c.add(taken[s.Name], key+".name", "choose another name", "the package %q already exists", s.Name)
		c.add(hasControl(s.Description), key+".description", "keep it on one line", "%q holds a line break or another control character",
			s.Description)
		c.add(len(s.Files) == 0, key+".files", "list what belongs to it", "it has no files")
		for j, f := range s.Files {
			c.add(strings.Trim(f, "/") == "" || strings.ContainsRune(f, 0) || slices.Contains(strings.Split(f, "/"), ".."),
				fmt.Sprintf("%s.files[%d]", key, j), "write an absolute path or pattern", "%q is not a path inside the package", f)
		}
		for j, d := range slices.Concat(s.Depends, s.InstallIf) {
			c.add(!element.MatchString(d), key, "write it like nodejs or nodejs>=20",
				"entry %d, %q, is not a package name with or without a version", j, d)
		}
		taken[s.Name] = true
	}
}
