package native

import (
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// commands are the programs that Alpine packages bring, for those that applications name in
// dependencies.build. Where one of several is enough they are separated by "|".
var commands = map[string]string{
	"bash": "bash", "brotli": "brotli", "build-base": "cc", "bun": "bun", "cargo": "cargo", "clang": "clang",
	"cmake": "cmake", "composer": "composer", "coreutils": "ls", "curl": "curl", "deno": "deno", "elixir": "mix",
	"erlang": "erl", "findutils": "find", "g++": "g++", "gcc": "gcc", "git": "git", "gleam": "gleam", "go": "go",
	"hugo": "hugo", "jq": "jq", "make": "make", "meson": "meson", "nodejs": "node", "nodejs-current": "node",
	"npm": "npm", "openjdk17": "javac", "openjdk21": "javac", "patch": "patch", "perl": "perl", "php82": "php82|php",
	"php83": "php83|php", "php84": "php84|php", "pkgconf": "pkg-config", "pnpm": "pnpm", "py3-pip": "pip3",
	"python3": "python3", "rsync": "rsync", "ruby": "ruby", "ruby-bundler": "bundle", "rust": "rustc|cargo",
	"samurai": "samu|ninja", "sed": "sed", "tar": "tar", "unzip": "unzip", "wget": "wget", "xz": "xz", "yarn": "yarn",
	"zig": "zig", "zip": "zip", "zola": "zola", "zstd": "zstd",
}

// Missing returns the first of the packages whose program is known and is not on that PATH; empty where there is none.
func Missing(packages []string, path string) string {
	name, _ := missing(packages, func(command string) bool { return onPath("", path, command) })
	return name
}

// missing returns the first of the packages whose program is known and is not found, and the program.
func missing(packages []string, found func(command string) bool) (name, command string) {
	for _, word := range packages {
		name := apk.DependencyName(word)
		if alternatives, known := commands[name]; known && !anyFound(alternatives, found) {
			command, _, _ := strings.Cut(alternatives, "|")
			return name, command
		}
	}
	return "", ""
}

// missingCommand finds a dependency of the build that is evidently not on this machine: the native
// builder installs nothing.
func missingCommand(m *metadata, found func(command string) bool) error {
	dependencies := m.words("makedepends")
	if !m.option("!check") {
		dependencies = append(dependencies, m.words("checkdepends")...)
	}
	if name, command := missing(dependencies, found); name != "" {
		return &builder.CommandError{Function: "build", ExitCode: exitNotFound, Missing: command, Package: name}
	}
	return nil
}

func anyFound(alternatives string, found func(string) bool) bool {
	for command := range strings.SplitSeq(alternatives, "|") {
		if found(command) {
			return true
		}
	}
	return false
}
