package config

import "gopkg.in/yaml.v3"

// File is the whole configuration.
type File struct {
	Path string `yaml:"-"` // as given to Load

	Name          string            `yaml:"name"`
	Version       string            `yaml:"version"`
	Description   string            `yaml:"description"`
	URL           string            `yaml:"url"`
	License       string            `yaml:"license"`
	Maintainer    string            `yaml:"maintainer"`
	Type          string            `yaml:"type"`  // "", "static", "custom"
	Stack         string            `yaml:"stack"` // "alpine/3.20", "alpine/edge"
	Architectures []string          `yaml:"architectures"`
	Dependencies  Dependencies      `yaml:"dependencies"`
	Build         Build             `yaml:"build"`
	Check         Check             `yaml:"check"`
	Files         []FileEntry       `yaml:"files"`
	Static        Static            `yaml:"static"`
	Run           Run               `yaml:"run"`
	Hook          map[string]string `yaml:"hook"`    // "pre-install" …: shell
	Package       string            `yaml:"package"` // replaces the body of package()
	Source        []string          `yaml:"source"`
	Provides      []string          `yaml:"provides"`
	Replaces      []string          `yaml:"replaces"`
	Conflicts     []string          `yaml:"conflicts"`
	Subpackages   []Subpackage      `yaml:"subpackages"`
	Compression   string            `yaml:"compression"` // "", "fast", "balanced", "small"
	Strip         *bool             `yaml:"strip"`       // given: Build.StripBinary holds it too
	Trace         *bool             `yaml:"trace"`       // given: Dependencies.Trace holds it too
	Kits          yaml.Node         `yaml:"kits"`        // these four: passed to the platform unchanged, see Payload
	Sizes         yaml.Node         `yaml:"sizes"`
	Plans         yaml.Node         `yaml:"plans"`
	Page          yaml.Node         `yaml:"page"`

	marks map[string]mark // by key path
}

// Given reports whether the file has the key at a path, be its value empty.
func (f *File) Given(path string) bool {
	_, given := f.marks[path]
	return given
}

// Dependencies are Alpine package names, with version constraints as in an APKBUILD.
type Dependencies struct {
	Build   []string `yaml:"build"`
	Runtime []string `yaml:"runtime"`
	Check   []string `yaml:"check"`
	Trace   bool     `yaml:"trace"`
}

// Build says how the application is built and what of it is packaged.
type Build struct {
	Prepare      string            `yaml:"prepare"`
	Command      string            `yaml:"command"`
	Env          map[string]string `yaml:"env"`
	Destinations []string          `yaml:"destinations"` // globs, copied to /var/lib/<pkg>
	Exclude      []string          `yaml:"exclude"`
	KeepGit      bool              `yaml:"keep_git"`
	StripBinary  *bool             `yaml:"strip_binary"`  // false: option !strip
	Network      *bool             `yaml:"network"`       // false: the build's commands have none
	Timeout      string            `yaml:"timeout"`       // see ParseTimeout; empty: none
	AllowSecrets []string          `yaml:"allow_secrets"` // installed files that may hold secrets
}

// Check is run after the build; a failure fails the build.
type Check struct {
	Command string `yaml:"command"`
}

// FileEntry installs one file or directory of the application at a place of its own.
type FileEntry struct {
	Source      string `yaml:"source"`
	Destination string `yaml:"destination"`
	Mode        string `yaml:"mode"`  // octal text
	Owner       string `yaml:"owner"` // user or user:group
	Config      bool   `yaml:"config"`
}

// Static says how the files of a static package are served.
type Static struct {
	Root     string `yaml:"root"`     // directory of the pages, below /var/lib/<pkg>
	Fallback string `yaml:"fallback"` // page below Root for paths that do not exist
}

// Run says which services and commands the application has.
type Run struct {
	Name        string            `yaml:"name"`
	User        string            `yaml:"user"`
	Supervisor  string            `yaml:"supervisor"` // "", "s6", "supervise-daemon"
	Environment map[string]string `yaml:"environment"`
	Writable    []string          `yaml:"writable"` // paths below /var/lib/<pkg>; not given: everything there, see Given
	Restarts    string            `yaml:"restarts"` // see ParseCount; empty: no limit
	Log         Log               `yaml:"log"`
	Services    []Service         `yaml:"services"`
	Commands    []Command         `yaml:"commands"`
}

// Log says how much of the services' output is kept.
type Log struct {
	Size  string `yaml:"size"`  // see ParseLogSize; empty: the default
	Count string `yaml:"count"` // see ParseCount; empty: the default
}

// Service is one long-running program. The first is the default; SERVICE_MODE picks another.
type Service struct {
	Name      string `yaml:"name"`
	Binary    string `yaml:"binary"`
	Path      string `yaml:"path"` // directory of binary, or the binary itself; default /var/lib/<pkg>/bin
	Directory string `yaml:"directory"`
	Start     Start  `yaml:"start"`
	Stop      string `yaml:"stop"` // shell
	Health    Health `yaml:"health"`
	// StopCall is `stop: {call: …}`, the counterpart of Start.Call: what binary is given to stop the service.
	// Stop is empty then.
	StopCall string `yaml:"-"`
}

// Health is what answers when a service works. With none of Path, Port and Command it must keep running.
type Health struct {
	Path    string `yaml:"path"`    // of a page
	Port    string `yaml:"port"`    // TCP; empty: PORT of the environment
	Command string `yaml:"command"` // shell
	Timeout string `yaml:"timeout"` // see ParseTimeout; empty: the default
}

// Start is how a service starts: binary followed by Call.
type Start struct {
	Call string `yaml:"call"`
}

// Command becomes `rc-service <pkg> <name>`.
type Command struct {
	Name   string `yaml:"name"`
	Binary string `yaml:"binary"`
	Path   string `yaml:"path"`
	Call   string `yaml:"call"`
}

// Subpackage splits files off into <pkg>-<name> or a package of its own name.
type Subpackage struct {
	Name         string   `yaml:"name"`
	Description  string   `yaml:"description"`
	Files        []string `yaml:"files"`
	Dependencies []string `yaml:"dependencies"`
	InstallIf    []string `yaml:"install_if"`
}
