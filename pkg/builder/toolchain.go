package builder

import (
	"path/filepath"
	"slices"
	"strings"
)

// credentials are files beside the programs in a home directory.
var credentials = []string{
	".cargo/credentials", ".cargo/credentials.toml", ".local/share/keyrings", ".local/share/gnupg", ".local/share/gem/credentials",
	".gem/credentials", ".bundle/config", ".composer/auth.json", ".config/composer/auth.json", ".pub-cache/credentials.json",
	".m2/settings.xml", ".gradle/gradle.properties", ".cabal/config", ".hex/hex.config", ".yarnrc.yml", ".nuget/NuGet/NuGet.Config",
}

// mixed are the directories of a home in which many programs keep things, secrets among them. Of these only the
// directory of programs itself is shown, and where .local has what the programs in it need.
var mixed = []string{".local", ".config", ".cache", ".docker", ".kube", ".aws", ".azure", ".gnupg", ".ssh", ".var", "snap", "Library",
	"Desktop", "Documents"}

// localPrograms are the places below .local that programs in .local/bin lead to.
var localPrograms = []string{".local/lib", ".local/libexec", ".local/opt", ".local/pipx", ".local/share/pipx", ".local/share/uv",
	".local/share/mise", ".local/share/pnpm", ".local/share/fnm", ".local/share/virtualenvs"}

// named returns the paths in a variable's value. A directory of PATH in a home directory stands for the
// toolchain that it belongs to: ~/.nvm/versions/node/v24/bin for ~/.nvm.
func named(name, value string, homes []string) []string {
	var paths []string
	for _, path := range strings.FieldsFunc(value, func(r rune) bool { return r == ':' || r == ',' }) {
		if !strings.HasPrefix(path, "/") {
			continue
		}
		path = filepath.Clean(path)
		toolchain := []string{path}
		for _, home := range homes {
			if rest, ok := strings.CutPrefix(path, home+"/"); ok && name == "PATH" {
				toolchain = inHome(home, rest)
			}
		}
		paths = append(paths, toolchain...)
	}
	return paths
}

// inHome returns the places of the toolchain whose programs are at a path in a home directory.
func inHome(home, path string) []string {
	parts := strings.Split(path, "/")
	switch {
	case !slices.Contains(mixed, parts[0]):
		return []string{filepath.Join(home, parts[0])}
	case path == ".local/bin":
		places := []string{filepath.Join(home, path)}
		for _, place := range localPrograms {
			places = append(places, filepath.Join(home, place))
		}
		return places
	case len(parts) > 3 && parts[0] == ".local" && parts[1] == "share": // ~/.local/share/mise/shims
		return []string{filepath.Join(home, parts[0], parts[1], parts[2])}
	case len(parts) > 2 && parts[0] != ".local": // ~/.config/composer/vendor/bin
		return []string{filepath.Join(home, parts[0], parts[1])}
	}
	return []string{filepath.Join(home, path)}
}
