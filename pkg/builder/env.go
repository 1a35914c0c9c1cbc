package builder

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// DefaultPath is PATH where this process has none.
const DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// inherited are, with certificates, the variables that a build takes from this process: where programs
// are, how to get out to the network, and where Go modules come from. Everything else stays outside:
// tokens, INPUT_*, AWS_*, GITHUB_*, ACTIONS_*.
var inherited = []string{
	"PATH", "CI", "TERM",
	"http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY",
	"GOPROXY", "GOSUMDB", "GONOSUMDB", "GONOPROXY", "GOPRIVATE", "GOTOOLCHAIN",
	"RUSTUP_HOME", "RUSTUP_TOOLCHAIN",
}

// certificates are the variables that name files of the machine also for a build in a root of its own.
var certificates = []string{
	"SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE",
	"PIP_CERT", "CARGO_HTTP_CAINFO",
}

// ofMachine are those of inherited that name places of this machine, which a build in a root of its own does not see.
var ofMachine = []string{"PATH", "GOTOOLCHAIN", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"}

// caches are the variables by which toolchains find their caches, and the directory of each below
// Job.CacheDir.
var caches = map[string]string{
	"GOCACHE":               "go-build",
	"GOMODCACHE":            "go-mod",
	"npm_config_cache":      "npm",
	"pnpm_config_store_dir": "pnpm", // older ones: see Configure
	"YARN_CACHE_FOLDER":     "yarn",
	"YARN_GLOBAL_FOLDER":    "yarn-berry", // of yarn 2 and later
	"COREPACK_HOME":         "corepack",
	"CARGO_HOME":            "cargo",
	"PIP_CACHE_DIR":         "pip",
	"COMPOSER_CACHE_DIR":    "composer",
	"BUNDLE_USER_CACHE":     "bundler",
	"HEX_HOME":              "hex",
	"MIX_HOME":              "mix",
	"REBAR_CACHE_DIR":       "rebar",
}

// pnpmConfig is where pnpm, before its version 11, is told where its store is without npm complaining
// of a variable that it does not know.
const pnpmConfig = ".config/pnpm/rc"

// Configure writes into home, which exists, the configuration of tools that the environment does not reach.
func (j Job) Configure(home string) error {
	if j.CacheDir == "" {
		return nil
	}
	file := filepath.Join(home, pnpmConfig)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { //#nosec G301 -- nothing secret
		return err
	}
	text := "store-dir=" + filepath.Join(j.CacheDir, caches["pnpm_config_store_dir"]) + "\n"
	return os.WriteFile(file, []byte(text), 0o644) //#nosec G306 -- likewise
}

// Environment returns the environment of the user's commands, as sorted KEY=VALUE: fixed values for
// everything that would make two builds differ, home as HOME, the allow-list from outside, the
// caches, and the user's own build environment, which wins. GOFLAGS is fixed too: -trimpath and
// -buildvcs=false keep the place of the build out of Go programs, and -modcacherw lets the module
// cache be removed; a user who needs others sets GOFLAGS in the build environment.
func (j Job) Environment(home string) []string {
	values := map[string]string{
		"PATH": DefaultPath,
		"HOME": home, "USER": "pakman", "LOGNAME": "pakman", "SHELL": "/bin/sh",
		"LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC",
		"SOURCE_DATE_EPOCH": strconv.FormatInt(j.Epoch, 10),
		"GOFLAGS":           "-trimpath -buildvcs=false -modcacherw",
	}
	if j.Outer != nil {
		for _, name := range slices.Concat(inherited, certificates) {
			if v := j.Outer(name); v != "" && (j.Root == "" || !slices.Contains(ofMachine, name)) {
				values[name] = v
			}
		}
		// rustup's cargo and rustc look for their toolchain below HOME, which is another one here.
		if home := j.Outer("HOME"); home != "" && values["RUSTUP_HOME"] == "" && j.Root == "" {
			values["RUSTUP_HOME"] = filepath.Join(home, ".rustup")
		}
	}
	if j.CacheDir != "" {
		for name, dir := range caches {
			values[name] = filepath.Join(j.CacheDir, dir)
		}
	}
	maps.Copy(values, j.Env)
	env := make([]string, 0, len(values))
	for name, v := range values {
		env = append(env, name+"="+v)
	}
	slices.Sort(env)
	return env
}
