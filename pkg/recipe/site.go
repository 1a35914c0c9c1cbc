package recipe

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/config"
)

// Site is how nginx serves the files of a static package.
type Site struct {
	Root     string `json:"root"`               // absolute
	Fallback string `json:"fallback,omitempty"` // page below Root that answers for paths that do not exist
	Own      bool   `json:"own,omitempty"`      // files holds the configuration of nginx
}

const (
	sitePort   = "8080" // not root's: below 1024 a user may not listen
	siteServer = "nginx"
)

// site resolves how a static package is served: by a service of its own. Two kinds have none: those of the platform's form
// that do not ask for one, and those with a file for the nginx of the machine.
func (v *resolver) site(r *Recipe) {
	f := v.file
	systems := slices.ContainsFunc(r.Files, func(e File) bool { return strings.HasPrefix(e.Destination, "/etc/nginx/") })
	if f.Type != "static" || systems || f.Instellar() && f.Static == (config.Static{}) {
		return
	}
	root := f.Static.Root
	if root == "" {
		root = siteRoot(r.Destinations)
	}
	r.Site = &Site{Root: absolute(home(r.Name), root), Fallback: f.Static.Fallback, Own: v.ownServer(r)}
	if !r.Site.Own && !config.IsServed(r.Site.Root) {
		v.fault("build.destinations", "Rename the directory: letters, digits and . _ + ~ - are allowed; or install a configuration of "+
			"your own as "+r.serverFile(), "nginx's configuration cannot name %q", r.Site.Root)
	}
	r.Environment = maps.Clone(f.Run.Environment)
	if r.Environment == nil {
		r.Environment = map[string]string{}
	}
	if r.Environment["PORT"] == "" {
		r.Environment["PORT"] = sitePort
	}
	r.Services = append(r.Services, Service{
		Name: "web", Command: "/usr/libexec/" + r.Name + "/serve", Directory: home(r.Name),
		Health: newHealth(config.Health{Port: r.Environment["PORT"]}, nil),
	})
}

// formerServer installs the application's nginx.conf where old static files of the platform have it.
func (v *resolver) formerServer(r *Recipe) {
	destination := "/etc/" + r.Name + "/default.conf"
	taken := slices.ContainsFunc(r.Files, func(e File) bool { return e.Destination == destination })
	if v.options.Server && v.file.Type == "static" && v.file.Instellar() && !taken {
		r.Files = append(r.Files, newFile(config.FileEntry{Source: "nginx.conf", Destination: destination}))
	}
}

// serverFile returns where the configuration of a site's nginx is installed.
func (r *Recipe) serverFile() string { return fmt.Sprintf("/etc/%s/nginx.conf", r.Name) }

// ownServer reports whether files holds the configuration of nginx.
func (v *resolver) ownServer(r *Recipe) bool {
	return slices.ContainsFunc(r.Files, func(e File) bool {
		destination := e.Destination
		if strings.HasSuffix(destination, "/") {
			destination = path.Join(destination, path.Base(e.Source))
		}
		return destination == r.serverFile()
	})
}

// siteRoot returns where the pages are, below the application's directory: in the only destination, if it is a directory.
func siteRoot(destinations []string) string {
	if len(destinations) != 1 {
		return ""
	}
	switch only := path.Clean(destinations[0]); {
	case strings.ContainsAny(only, "*?["), only == ".", strings.HasPrefix(path.Ext(only), ".htm"):
		return ""
	default:
		return path.Base(only)
	}
}
