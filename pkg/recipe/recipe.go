// Package recipe is the resolved build: one value in which everything is decided, from the configuration file, the facts
// of the checkout, and flags or action inputs.
package recipe

import (
	"time"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
)

// Options are the flags and action inputs that override the file.
type Options struct {
	Version     string          // empty: the file's, else from the git tag, else 0.0.0
	AnyVersion  bool            // nobody will look at the version
	Snapshot    time.Time       // given: a version below the next release, told apart by this time where the checkout is dirty
	Release     int             // pkgrel
	Arches      []string        // empty: the file's, else this machine's
	Repository  string          // apk repository name; default "main"
	Alpine      string          // "3.24", "v3.24", "edge", "alpine/3.20"; empty: the file's stack, else Machine
	Machine     string          // release of the Alpine that builds; empty: it is no Alpine, and DefaultAlpine counts
	Compression apk.Compression // empty: the file's, else balanced
	Dir         string          // the application's directory, whose base name is the name if nothing else is
	Server      bool            // the directory holds nginx.conf
}

// Script is the user's shell text and the position of its first line.
type Script struct {
	Text string     `json:"text"`
	Pos  config.Pos `json:"pos"`
}

// Recipe holds all that rendering and building need. `pakman plan` writes it as JSON.
type Recipe struct {
	Name        string   `json:"name"`
	Version     string   `json:"version"` // pkgver
	Release     int      `json:"release"` // pkgrel
	Description string   `json:"description"`
	URL         string   `json:"url"`
	License     string   `json:"license"`
	Maintainer  string   `json:"maintainer,omitempty"`
	Branch      string   `json:"branch"`     // v3.24, edge
	Repository  string   `json:"repository"` // main
	Arches      []string `json:"arches"`     // the APKBUILD's arch; ["noarch"] alone for noarch
	Targets     []string `json:"targets"`    // architectures whose index lists the package (noarch: several)

	Depends      []string `json:"depends,omitempty"`
	MakeDepends  []string `json:"makedepends,omitempty"`
	CheckDepends []string `json:"checkdepends,omitempty"`
	Provides     []string `json:"provides,omitempty"`
	Replaces     []string `json:"replaces,omitempty"`
	Conflicts    []string `json:"conflicts,omitempty"`
	Trace        bool     `json:"trace"` // false: option !tracedeps
	Strip        bool     `json:"strip"` // false: option !strip

	Compression apk.Compression `json:"compression"`

	Prepare      *Script           `json:"prepare,omitempty"`
	Build        *Script           `json:"build,omitempty"`
	Check        *Script           `json:"check,omitempty"`
	Package      *Script           `json:"package,omitempty"` // replaces the generated package()
	BuildEnv     map[string]string `json:"build_env,omitempty"`
	Destinations []string          `json:"destinations,omitempty"`
	// CheckoutSources are files of the application that shell blocks find in $srcdir, as abuild puts sources there.
	CheckoutSources []string `json:"checkout_sources,omitempty"`
	Exclude         []string `json:"exclude,omitempty"`
	Config          string   `json:"-"` // the configuration file, relative to the application's directory; empty: it is elsewhere
	KeepGit         bool     `json:"keep_git,omitempty"`
	Offline         bool     `json:"offline,omitempty"`       // the build's commands have no network
	Timeout         string   `json:"timeout,omitempty"`       // of the build, for config.ParseTimeout; empty: none
	AllowSecrets    []string `json:"allow_secrets,omitempty"` // absolute globs of installed files that may hold secrets
	Files           []File   `json:"files,omitempty"`

	User        string            `json:"user,omitempty"`       // "root", or the user that is made; empty: no user
	Supervisor  string            `json:"supervisor,omitempty"` // "s6", "supervise-daemon"; empty: no service
	Loader      bool              `json:"loader,omitempty"`     // bin/environment loads the platform's variables
	Environment map[string]string `json:"environment,omitempty"`
	AnyMode     bool              `json:"any_mode,omitempty"`     // an unknown SERVICE_MODE starts the first service
	CodeOfRoot  bool              `json:"code_of_root,omitempty"` // the service may write to Writable only
	Writable    []string          `json:"writable,omitempty"`     // below the application's directory
	Restarts    int               `json:"restarts,omitempty"`     // after which a service stays down; 0: no limit
	LogSize     int               `json:"log_size,omitempty"`     // bytes of a log file, before it is rotated
	LogCount    int               `json:"log_count,omitempty"`    // of rotated files that are kept
	Services    []Service         `json:"services,omitempty"`
	Commands    []Command         `json:"commands,omitempty"`
	Hooks       map[string]Script `json:"hooks,omitempty"`
	Site        *Site             `json:"site,omitempty"` // what the service of a static package serves
	Subpackages []Subpackage      `json:"subpackages,omitempty"`

	// Translated is how the version was written, where it is another one in Alpine's order and that may surprise.
	Translated string `json:"-"`
	Versioned  bool   `json:"-"` // something names a version: an option, the file or a tag

	Commit string `json:"commit,omitempty"` // with -dirty, as abuild writes it
	Epoch  int64  `json:"epoch"`            // SOURCE_DATE_EPOCH
}

// Service is a resolved service: Command is an absolute path.
type Service struct {
	Name      string  `json:"name"`
	Command   string  `json:"command"`
	Args      string  `json:"args,omitempty"` // shell words, as the user wrote them
	Stop      string  `json:"stop,omitempty"` // shell
	Directory string  `json:"directory"`
	Health    *Health `json:"health,omitempty"` // nil: it must keep running
}

// Health is what answers within Timeout when a service works: a page, or a TCP port alone, or a command.
type Health struct {
	Path    string        `json:"path,omitempty"`
	Port    int           `json:"port,omitempty"`
	Command string        `json:"command,omitempty"` // shell
	Timeout time.Duration `json:"timeout"`
}

// Command is a resolved `rc-service <pkg> <name>`.
type Command struct {
	Name    string `json:"name"`
	Command string `json:"command"`
	Args    string `json:"args,omitempty"`
}

// File is a resolved entry of files:.
type File struct {
	Source      string `json:"source"`
	Destination string `json:"destination"` // absolute
	Mode        string `json:"mode"`        // octal, "0644"
	Owner       string `json:"owner,omitempty"`
	Config      bool   `json:"config,omitempty"`
}

// Subpackage is a resolved split.
type Subpackage struct {
	Name        string   `json:"name"` // full package name
	Description string   `json:"description"`
	Files       []string `json:"files"` // absolute globs
	Depends     []string `json:"depends,omitempty"`
	InstallIf   []string `json:"install_if,omitempty"`
}
