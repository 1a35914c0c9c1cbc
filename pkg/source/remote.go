package source

import (
	"net/url"
	"path"
	"regexp"
	"strings"
)

// scpLike is git's short form, git@host:owner/name.git.
var scpLike = regexp.MustCompile(`^(?:[^/@:]+@)?([^/:@]{2,}):(.+)$`)

// parseRemotes returns the name and address of origin, or of the first remote, from the settings of a checkout, each
// KEY, a line break and VALUE.
func parseRemotes(settings []string) (repository, address string) {
	var chosen string
	for _, setting := range settings {
		key, value, _ := strings.Cut(setting, "\n")
		if value == "" || !strings.HasPrefix(key, "remote.") || !strings.HasSuffix(key, ".url") {
			continue
		}
		if chosen == "" || key == "remote.origin.url" {
			chosen = value
		}
		if key == "remote.origin.url" {
			break
		}
	}
	return parseRemote(chosen)
}

// parseRemote returns a remote's owner/name and its address for people: https, without user, password,
// query and ".git". A directory has a name and no address.
func parseRemote(remote string) (repository, address string) {
	if m := scpLike.FindStringSubmatch(remote); m != nil && !strings.Contains(remote, "://") {
		remote = "ssh://" + m[1] + "/" + strings.TrimPrefix(m[2], "/")
	}
	u, err := url.Parse(remote)
	switch {
	case err != nil || remote == "":
		return "", ""
	case u.Scheme == "" || u.Scheme == "file" || u.Host == "":
		name := strings.TrimSuffix(path.Base(strings.TrimRight(u.Path, "/")), ".git")
		if name == "." || name == ".." || name == "/" {
			return "", ""
		}
		return name, ""
	}
	host := u.Host
	scheme := "https"
	switch u.Scheme {
	case "https":
	case "http":
		scheme = "http"
	default: // a port of ssh or git is none of the web server's
		host = u.Hostname()
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
	}
	name := strings.TrimSuffix(strings.Trim(u.Path, "/"), ".git")
	clean := url.URL{Scheme: scheme, Host: host, Path: "/" + name}
	return name, strings.TrimSuffix(clean.String(), "/")
}
