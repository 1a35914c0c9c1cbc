package detect

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// dataNames are what applications call the directories that they write to beside their code.
var dataNames = []string{"cache", "data", "instance", "log", "logs", "media", "storage", "tmp", "upload", "uploads", "var", "public/upload",
	"public/uploads", "static/uploads"}

// wholeTemplates are those that package the whole directory of the application.
var wholeTemplates = []string{"laravel", "node", "rails", "ruby", "shell"}

// writable returns what the service of an application writes to: what its framework does, and directories that are called like data.
func (d *directory) writable(app *Application) []string {
	paths := app.values.Writable
	whole, at := slices.Contains(wholeTemplates, app.template), ""
	if p := app.values.Plan; p != nil {
		paths = append(paths, p.Writable...)
		whole, at = slices.Contains(p.Destinations, "*"), p.Directory
	}
	for _, name := range dataNames {
		if name = path.Join(at, name); whole && d.has(name) && !d.holdsCode(name) {
			paths = append(paths, name)
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths)
}

var codeFile = regexp.MustCompile(`\.([cm]?[jt]sx?|py|rb|php|sh|erb|twig|vue|svelte)$`)

// holdsCode reports whether a directory, or one in it, has program text in it: then it is a module of the application.
func (d *directory) holdsCode(name string) bool {
	return slices.ContainsFunc(append(d.glob(name+"/*"), d.glob(name+"/*/*")...), codeFile.MatchString)
}

var laravelDatabase = regexp.MustCompile(`(?m)^DB_CONNECTION=["']?(\w+)`)

// laravelWritable returns Laravel's directories, and that of SQLite's file, which newer versions use by default.
func laravelWritable(d *directory) []string {
	paths := []string{"bootstrap/cache", "storage"}
	if match := laravelDatabase.FindStringSubmatch(d.text(".env.example")); match == nil || match[1] == "sqlite" {
		paths = append(paths, "database")
	}
	return paths
}

var railsDatabase = regexp.MustCompile(`\bdb/[^\s"']*\.sqlite3`)

func railsWritable(d *directory) []string {
	paths := []string{"log", "storage", "tmp"}
	if railsDatabase.MatchString(d.text("config/database.yml")) {
		paths = append(paths, "db")
	}
	return paths
}

var mediaRoot = regexp.MustCompile(`(?m)^MEDIA_ROOT\s*=.*["']([A-Za-z0-9_][\w./-]*)["']\W*$`)

// djangoWritable returns the directory of uploaded files.
func djangoWritable(d *directory, project string) []string {
	for _, file := range append([]string{project + "/settings.py"}, d.glob(project+"/settings/*.py")...) {
		if match := mediaRoot.FindStringSubmatch(d.text(file)); match != nil && !strings.Contains(match[1], "..") {
			return []string{path.Clean(match[1])}
		}
	}
	return nil
}
