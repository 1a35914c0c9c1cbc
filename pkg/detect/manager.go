package detect

import (
	"encoding/json"
	"maps"
	"regexp"
	"strings"
)

// manager returns the package manager that the lock file or package.json names, its command that installs what is locked, and the
// one that removes development dependencies again.
func manager(d *directory, p *packageJSON) (name, install, prune string) {
	switch named, _, _ := strings.Cut(p.PackageManager, "@"); {
	case d.has("bun.lock", "bun.lockb"):
		return "npm", "npx --yes bun install --frozen-lockfile", "" // Alpine has no package of it
	case d.has("pnpm-lock.yaml"):
		return "pnpm", "pnpm install --frozen-lockfile", "pnpm prune --prod"
	case d.has("yarn.lock") && newYarn.MatchString(d.text("yarn.lock")), named == "yarn" && !strings.HasPrefix(p.PackageManager, "yarn@1"):
		return "npm", berry(d, p), ""
	case d.has("yarn.lock"):
		return "yarn", "yarn install --frozen-lockfile", "yarn install --frozen-lockfile --production --ignore-scripts"
	case d.has("package-lock.json", "npm-shrinkwrap.json") && inStep(d, p):
		return "npm", "npm ci", "npm prune --omit=dev"
	case named == "pnpm":
		return "pnpm", "pnpm install", "pnpm prune --prod"
	case named == "bun":
		return "npm", "npx --yes bun install", ""
	}
	return "npm", "npm install", "npm prune --omit=dev"
}

// newYarn matches the lock file of Yarn 2 and newer: the version of the lock file's own format.
var newYarn = regexp.MustCompile(`(?m)^__metadata:\s*\n\s+version: (\d+)`)

// berry returns the command that installs with Yarn 2 and newer: with the copy in the repository, the version that package.json
// names, or the newest that reads the lock file.
func berry(d *directory, p *packageJSON) string {
	yarn := regexp.MustCompile(`(?m)^yarnPath:\s*["']?([\w./-]+)`).FindStringSubmatch(d.text(".yarnrc.yml"))
	command := "npx --yes --package @yarnpkg/cli-dist@4 yarn"
	match := newYarn.FindStringSubmatch(d.text("yarn.lock"))
	switch {
	case yarn != nil && d.has(yarn[1]):
		command = "node " + yarn[1]
	case strings.HasPrefix(p.PackageManager, "yarn@"):
		command = "npx --yes corepack yarn"
	case match != nil && (match[1] == "4" || match[1] == "5"):
		command = "npx --yes --package @yarnpkg/cli-dist@2 yarn"
	case match != nil && (match[1] == "6" || match[1] == "7"):
		command = "npx --yes --package @yarnpkg/cli-dist@3 yarn"
	}
	return "YARN_NODE_LINKER=node-modules " + command + " install --immutable"
}

// inStep reports whether npm's lock file names the dependencies of package.json. `npm ci` refuses one that does not.
func inStep(d *directory, p *packageJSON) bool {
	file := d.first("npm-shrinkwrap.json", "package-lock.json")
	var lock struct {
		Packages map[string]struct{ Dependencies, DevDependencies map[string]string }
	}
	if err := json.Unmarshal([]byte(d.text(file)), &lock); err != nil {
		return true // too long to be read here, or damaged: npm says so
	}
	root, ok := lock.Packages[""]
	return !ok || maps.Equal(root.Dependencies, p.Dependencies) && maps.Equal(root.DevDependencies, p.DevDependencies)
}
