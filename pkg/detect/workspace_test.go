package detect

import (
	"testing"
	"testing/fstest"
)

const (
	workspaceRoot = `{"workspaces":["apps/*","packages/*"]}`
	pnpmRoot      = `{"dependencies":{"next":"16"}}`
	webPackage    = `{"name":"web","scripts":{"start":"node server.js"},"dependencies":{"@acme/shared":"*"}}`
	sharedPackage = `{"name":"@acme/shared","main":"index.js","scripts":{"build":"tsc"},"dependencies":{"@acme/base":"*"}}`
	basePackage   = `{"name":"@acme/base","main":"index.js","scripts":{"build":"tsc"},"dependencies":{"@acme/shared":"*"}}`
)

// The build of an application sees its whole workspace: packages that it needs are built before it.
func TestWorkspace(t *testing.T) {
	siblings := []string{"package.json", workspaceRoot, "package-lock.json", "{}", "apps/web/package.json", webPackage, "apps/web/server.js", "",
		"packages/a/package.json", sharedPackage, "packages/b/package.json", basePackage}
	static := append([]string{"apps/site/package.json", `{"scripts":{"build":"vite build"},"devDependencies":{"vite":"6"}}`}, siblings...)
	for name, tc := range map[string]struct {
		fsys   fstest.MapFS
		choice string
		kind   string
		want   []string
	}{
		"one application": {files(siblings...), "", "Node", []string{"    npm ci\n    (cd packages/b && npm run build)\n    (cd packages/a && npm run build)\n",
			"directory: apps/web", "call: server.js", "- \"*\""}},
		"several":              {files(static...), "", "", []string{"--application apps/site, or --application apps/web"}},
		"chosen":               {files(static...), "apps/site", "Vite, static", []string{"(cd apps/site && npm run build)", "- apps/site/dist"}},
		"completed by a shell": {files(static...), "./apps/site/", "Vite, static", []string{"- apps/site/dist"}},
		"named twice": {files(append([]string{"pnpm-workspace.yaml", "packages: [apps/*, 'apps/**']"}, siblings...)...), "", "Node",
			[]string{"directory: apps/web"}},
		"absent": {files(static...), "apps/lost", "", []string{"none of its packages"}},
		"chosen where there is no workspace": {files("package.json", "{}", "index.js", "", "go.mod", "module x", "main.go",
			"package main\nfunc main() {\n}"), "apps/web", "", []string{"no workspace with the application apps/web"}},
		"chosen where there are directories": {files("a/index.php", "", "b/index.php", ""), "a", "", []string{"no workspace with"}},
		"pnpm and nx": {files("package.json", pnpmRoot, "pnpm-workspace.yaml", "packages:\n  - apps/*\n", "pnpm-lock.yaml", "", "nx.json", "",
			"apps/web/package.json", `{"dependencies":{"next":"16"}}`), "", "Next.js",
			[]string{"(cd apps/web && npx next build)", "path: apps/web/node_modules/.bin", "pnpm install --frozen-lockfile"}},
		"next, standalone": {files("package.json", workspaceRoot, "apps/web/package.json",
			`{"scripts":{"build":"next build"},"dependencies":{"next":"16"}}`, "apps/web/next.config.js", "output: 'standalone'"), "", "Next.js",
			[]string{"call: standalone/apps/web/server.js", "- apps/web/.next/standalone"}},
		"modules in C++": {files(append([]string{"packages/c/package.json", `{"name":"c","dependencies":{"canvas":"3"}}`}, siblings...)...), "",
			"Node", []string{"- build-base\n", "- cairo-dev\n", "- libstdc++\n"}},
		"a browser": {files("package.json", workspaceRoot, "apps/web/package.json",
			`{"scripts":{"start":"node a.js"},"dependencies":{"puppeteer":"24"}}`, "apps/web/a.js", ""), "", "Node",
			[]string{"- chromium\n", "PUPPETEER_SKIP_DOWNLOAD: \"1\"", "PUPPETEER_EXECUTABLE_PATH: "}},
		"playwright": {files("package.json", workspaceRoot, "apps/web/package.json",
			`{"scripts":{"start":"node a.js"},"dependencies":{"playwright":"1"}}`, "apps/web/a.js", ""), "", "", []string{"executablePath"}},
		"variables of the build": {files("package.json", workspaceRoot, "apps/web/package.json",
			`{"scripts":{"build":"vite build"},"devDependencies":{"@sveltejs/kit":"2"}}`, "apps/web/svelte.config.js",
			"import a from '@sveltejs/adapter-auto'"), "", "SvelteKit", []string{"  env:\n    GCP_BUILDPACKS: \"1\"\n"}},
		"bun": {files("package.json", workspaceRoot, "bun.lock", "", "packages/a/package.json", sharedPackage, "apps/web/package.json",
			`{"scripts":{"start":"bun run a.ts"},"dependencies":{"@acme/shared":"*"}}`, "apps/web/a.ts", "", "apps/web/public/x", ""), "", "Bun",
			[]string{"--frozen-lockfile\n    (cd packages/a && npm run build)\n    cd apps/web\n", "./a.ts --outfile bin/shop\n",
				"- apps/web/bin\n    - apps/web/public\n", "binary: shop\n"}},
		"libraries only": {files("package.json", workspaceRoot, "packages/b/package.json", basePackage), "", "", []string{"none of its packages"}},
	} {
		t.Run(name, func(t *testing.T) {
			expect(t, tc.fsys, Choice{Application: tc.choice}, tc.kind, tc.want)
		})
	}
}
