package detect

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// deployers are the files in which other programs for deployments keep their commands.
var deployers = []string{"railpack.json", "nixpacks.toml", "railway.json", "railway.toml", "render.yaml", "fly.toml", "heroku.yml",
	"app.yaml"}

var startCommand = regexp.MustCompile(`(?m)["']?(?:startCommand|start_command)["']?\s*[:=]\s*"((?:[^"\\\n]|\\.)+)"|` +
	`^\[start\]\s*cmd\s*=\s*"([^"\n]+)"`)

// hints returns what else in the directory may be important.
func (d *directory) hints() []string {
	var hints []string
	if d.has("Dockerfile") {
		hints = append(hints, "there is a Dockerfile: compare its RUN lines with build.command and its packages with dependencies")
		for line := range strings.Lines(d.text("Dockerfile")) {
			line = strings.TrimSpace(line)
			if strings.HasPrefix(line, "EXPOSE ") || strings.HasPrefix(line, "CMD ") || strings.HasPrefix(line, "ENTRYPOINT ") {
				hints = append(hints, "Dockerfile: "+line)
			}
		}
	}
	if d.has(".env") {
		hints = append(hints, ".env may hold secrets: name it in .pakmanignore unless it belongs into the package")
	}
	if d.has("Procfile") {
		for line := range strings.Lines(d.text("Procfile")) {
			if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
				hints = append(hints, "Procfile: "+line)
			}
		}
	}
	for _, file := range deployers {
		if match := startCommand.FindStringSubmatch(d.text(file)); match != nil {
			hints = append(hints, fmt.Sprintf("%s starts `%s`: compare it with run.services", file, match[1]+match[2]))
		}
	}
	return append(hints, d.versions()...)
}

// dockerCommand returns the words of the Dockerfile's last ENTRYPOINT and CMD, where they are lists.
func (d *directory) dockerCommand() []string {
	parts := map[string][]string{}
	for line := range strings.Lines(d.text("Dockerfile")) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if instruction = strings.ToUpper(instruction); instruction != "CMD" && instruction != "ENTRYPOINT" {
			continue
		}
		var words []string
		if json.Unmarshal([]byte(rest), &words) != nil {
			words = nil // a shell's line
		}
		parts[instruction] = words
	}
	return slices.Concat(parts["ENTRYPOINT"], parts["CMD"])
}

// Hints returns what the files of a directory tell somebody who writes its pakman.yml by hand.
func Hints(fsys fs.FS) []string { return (&directory{fsys: fsys}).hints() }

// languages are those of which an Alpine release has one version, as the files for versions call them.
var languages = map[string]string{
	"node": "Node.js", "nodejs": "Node.js", "python": "Python", "ruby": "Ruby", "php": "PHP", "deno": "Deno", "elixir": "Elixir",
	"erlang": "Erlang", "gleam": "Gleam", "zig": "Zig",
}

var (
	toolLine    = regexp.MustCompile(`(?m)^\s*["']?([a-z]+)["']?\s*[ \t=]\s*["']?v?(\d[\w.+-]*)`)
	miseTools   = regexp.MustCompile(`(?ms)^\[tools\]\s*$(.*?)(?:^\[|\z)`)
	exactEngine = regexp.MustCompile(`^\s*[=^~v]*\s*(\d[\d.x]*)\s*$`)
)

// versions returns a hint that names the versions of languages which the project asks for: a package runs with Alpine's.
func (d *directory) versions() []string {
	wanted := map[string]string{}
	note := func(language, version, file string) {
		if name := languages[language]; name != "" && version != "" && wanted[name] == "" {
			wanted[name] = version + " (" + file + ")"
		}
	}
	for _, file := range []string{".nvmrc", ".node-version", ".python-version", ".ruby-version", ".php-version", ".deno-version"} {
		language := strings.TrimSuffix(strings.TrimPrefix(file, "."), "-version")
		if file == ".nvmrc" {
			language = "node"
		}
		first, _, _ := strings.Cut(strings.TrimSpace(d.text(file)), "\n")
		first = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(first), language+"-"), "v")
		if plainName.MatchString(first) {
			note(language, first, file)
		}
	}
	for _, match := range toolLine.FindAllStringSubmatch(d.text(".tool-versions"), -1) {
		note(match[1], match[2], ".tool-versions")
	}
	mise := d.first("mise.toml", ".mise.toml", "mise/config.toml", ".config/mise.toml")
	if table := miseTools.FindStringSubmatch(d.text(mise)); table != nil {
		for _, match := range toolLine.FindAllStringSubmatch(table[1], -1) {
			note(match[1], match[2], path.Base(mise))
		}
	}
	if p := (&directory{fsys: d.fsys}).manifest(); p != nil {
		if match := exactEngine.FindStringSubmatch(p.Engines["node"]); match != nil {
			note("node", match[1], "engines")
		}
	}
	if len(wanted) == 0 {
		return nil
	}
	var names []string
	for _, language := range slices.Sorted(maps.Keys(wanted)) {
		names = append(names, language+" "+wanted[language])
	}
	return []string{"asked for: " + strings.Join(names, ", ") + "; Alpine has one version in each release, which `stack` chooses"}
}
