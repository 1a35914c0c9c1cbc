package detect

import "slices"

const (
	chromium     = "/usr/bin/chromium-browser" // Alpine's
	glibcBrowser = "brings browsers that need the GNU C library, which Alpine does not have"
)

// browsers prepares an application that starts a browser, and reports whether it can be packaged. Puppeteer takes Alpine's Chromium
// from its environment; Playwright only where the application's own code names it.
func (n *nodeProject) browsers() bool {
	_, puppeteer := n.p.Dependencies["puppeteer"]
	_, core := n.p.Dependencies["puppeteer-core"]
	_, playwright := n.p.Dependencies["playwright"]
	v := &n.app.values
	switch {
	case playwright && !n.mentions("executablePath"):
		n.unknown("playwright " + glibcBrowser + ": start Alpine's with `chromium.launch({ executablePath: \"" + chromium + "\" })`")
		return false
	case playwright:
		v.BuildEnv = append(v.BuildEnv, pair{"PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1"})
	case puppeteer, core:
		v.BuildEnv = append(v.BuildEnv, pair{"PUPPETEER_SKIP_DOWNLOAD", "1"})
		v.Env = append(v.Env, pair{"PUPPETEER_EXECUTABLE_PATH", chromium})
		n.app.Evidence = append(n.app.Evidence, "puppeteer starts Alpine's Chromium: its own needs the GNU C library")
	default:
		return true
	}
	v.Runtime = append(v.Runtime, "chromium", "font-liberation")
	return true
}

// mentions reports whether a JavaScript or TypeScript file of the application has the word.
func (n *nodeProject) mentions(word string) bool {
	return slices.ContainsFunc([]string{"*.js", "*.mjs", "*.ts", "src/*.js", "src/*.ts", "src/*/*.ts", "lib/*.js", "lib/*.ts"},
		func(pattern string) bool {
			return slices.ContainsFunc(n.glob(pattern), func(file string) bool { return containsWord(n.text(file), word) })
		})
}
