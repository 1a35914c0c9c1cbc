package github

import (
	"cmp"
	"strings"
)

// Host is the server whose runner started the program: GitHub, a GitHub Enterprise Server, or a forge whose runner
// sets the same variables.
type Host struct {
	Name   string // "GitHub", "Gitea" or "Forgejo"
	Server string // https://github.com
	API    string // https://api.github.com, https://HOST/api/v3 (Enterprise Server), https://HOST/api/v1 (forges)
}

// HostFrom reads what the runner says of its server. The runner of Gitea sets GITEA_ACTIONS, that of Forgejo both
// it and FORGEJO_ACTIONS.
func HostFrom(getenv func(string) string) Host {
	h := Host{
		Name:   "GitHub",
		Server: strings.TrimRight(cmp.Or(getenv("GITHUB_SERVER_URL"), "https://github.com"), "/"),
		API:    strings.TrimRight(cmp.Or(getenv("GITHUB_API_URL"), "https://api.github.com"), "/"),
	}
	switch {
	case getenv("FORGEJO_ACTIONS") == "true":
		h.Name = "Forgejo"
	case getenv("GITEA_ACTIONS") == "true":
		h.Name = "Gitea"
	}
	return h
}

// Forge reports whether it is a server that speaks only part of GitHub's API: it has releases, but no deployments, and its pages show
// neither annotations nor summaries.
func (h Host) Forge() bool { return h.Name == "Gitea" || h.Name == "Forgejo" }
