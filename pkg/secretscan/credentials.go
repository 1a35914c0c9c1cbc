package secretscan

import (
	"path"
	"regexp"
	"strings"
)

// A credential is a file that tools keep a password or a token in. A value that names a variable is none.
type credential struct {
	suffix string // of the path, by whole elements
	what   string
	secret *regexp.Regexp
}

var known = []credential{
	{".npmrc", "a token of npm", regexp.MustCompile(`(?m)(?:^|[/:])_(?:authToken|auth|password)\s*=\s*"?[^\s"$]{8,}`)},
	{".yarnrc.yml", "a token of yarn", regexp.MustCompile(`(?m)npmAuth(?:Token|Ident):\s*["']?[^\s"'$]{8,}`)},
	{".pypirc", "a password of PyPI", regexp.MustCompile(`(?m)^\s*password\s*[=:]\s*[^\s$]{4,}`)},
	{".netrc", "a password of netrc", netrc},
	{"_netrc", "a password of netrc", netrc},
	{".git-credentials", "a password of git", urlPassword},
	{".git/config", "a token of git",
		regexp.MustCompile(`(?mi)^\s*extraheader\s*=\s*\S*\s*authorization:|://[^/\s:@]+:[^/\s:@]+@|://gh[a-z]_[A-Za-z0-9]{20,}`)},
	{".docker/config.json", "a password of a registry", dockerAuth},
	{".dockercfg", "a password of a registry", dockerAuth},
	{".aws/credentials", "a key of AWS", regexp.MustCompile(`(?m)^\s*aws_secret_access_key\s*=\s*[A-Za-z0-9/+=]{20,}`)},
	{".kube/config", "a key of Kubernetes", regexp.MustCompile(`(?m)^\s*(?:client-key-data|token):\s*\S{16,}`)},
	{".cargo/credentials", "a token of cargo", cargoToken},
	{".cargo/credentials.toml", "a token of cargo", cargoToken},
	{".gem/credentials", "a key of RubyGems", regexp.MustCompile(`(?m)^\s*:\w*key:\s*\S{16,}`)},
	{"auth.json", "a token of composer",
		regexp.MustCompile(`"(?:github-oauth|gitlab-token|bearer|http-basic)"\s*:\s*\{\s*"[^"]+"\s*:\s*(?:"[^"$]{8,}"|\{)`)},
	{".config/gh/hosts.yml", "a token of GitHub", regexp.MustCompile(`(?m)^\s*oauth_token:\s*\S{16,}`)},
	{".pgpass", "a password of PostgreSQL", regexp.MustCompile(`(?m)^[^#\s:]+:[^:\s]+:[^:\s]+:[^:\s]+:\S+`)},
	{".vault-token", "a token of Vault", regexp.MustCompile(`\S{16,}`)},
}

var (
	netrc       = regexp.MustCompile(`(?m)\bpassword\s+[^\s$]{4,}`)
	urlPassword = regexp.MustCompile(`://[^/\s:@]*:[^/\s@$]{4,}@`)
	dockerAuth  = regexp.MustCompile(`"(?:auth|identitytoken)"\s*:\s*"[A-Za-z0-9+/=._-]{8,}"`)
	cargoToken  = regexp.MustCompile(`(?m)^\s*token\s*=\s*"[^"$]{8,}"`)
)

// credentials returns what finds a credential in a file of that name; nil where the name is none of the known ones.
func credentials(name string) func(text []byte) string {
	for _, c := range known {
		if "/"+name == path.Join("/", c.suffix) || strings.HasSuffix(name, "/"+c.suffix) {
			return func(text []byte) string {
				if c.secret.Match(text) {
					return c.what
				}
				return ""
			}
		}
	}
	return nil
}
