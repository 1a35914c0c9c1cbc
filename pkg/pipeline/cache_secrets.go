package pipeline

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
)

var (
	secretName = regexp.MustCompile(`(?i)token|secret|pass|key|auth|credential|_pat$|^GIT_CONFIG_VALUE`)
	schemeName = regexp.MustCompile(`[A-Za-z][A-Za-z0-9+.-]*://`)
	webScheme  = regexp.MustCompile(`(?i)^(?:.*\+)?https?://$`) // also git+https
)

// secretVariables returns the values of the build environment that are secret by the names of their variables, and what is secret in
// addresses. Tools may store them in their caches.
func secretVariables(env map[string]string) []string {
	const shortest = 6 // a shorter value is in every large file
	var values []string
	for name, value := range env {
		if secretName.MatchString(name) {
			values = append(values, value)
		}
		values = append(values, addressSecrets(value)...)
	}
	slices.Sort(values)
	return slices.DeleteFunc(slices.Compact(values), func(value string) bool { return len(value) < shortest })
}

// addressSecrets returns the passwords of all addresses in a text, as they are written and decoded. Where an address of the web has
// none, its user is a token. That of other schemes is a name, as in ssh://git@host.
func addressSecrets(text string) (secrets []string) {
	for _, at := range schemeName.FindAllStringIndex(text, -1) {
		authority := text[at[1]:]
		if end := strings.IndexAny(authority, "/ \t\r\n\"<>"); end >= 0 { // tools take passwords with ? and #, too
			authority = authority[:end]
		}
		end := strings.LastIndex(authority, "@")
		if end < 0 {
			continue
		}
		user, found, _ := strings.Cut(authority[:end], ":")
		if found == "" || found == "x-oauth-basic" { // GitHub's word for: the user is the token
			if !webScheme.MatchString(text[at[0]:at[1]]) {
				continue
			}
			found = user
		}
		secrets = append(secrets, found)
		if decoded, err := url.PathUnescape(found); err == nil {
			secrets = append(secrets, decoded)
		}
	}
	return secrets
}
