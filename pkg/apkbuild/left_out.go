package apkbuild

import (
	"path"
	"slices"
	"strings"

	"github.com/pakman/build/pkg/recipe"
)

// leftOut is what no destination brings into the package, though it matches one.
type leftOut struct {
	Why      string   // for a comment
	Patterns []string // of .gitignore
}

// newLeftOut returns what build.exclude leaves out, also of what the build makes, and the configuration file where a directory
// or a pattern would bring it; nil where there is nothing.
func newLeftOut(r *recipe.Recipe, copies []copied) *leftOut {
	patterns := slices.Clone(r.Exclude)
	var why []string
	if findExpression(patterns) != "" {
		why = append(why, "build.exclude")
	}
	if bringsConfig(r, copies) {
		patterns = append(patterns, "/"+literal(r.Config))
		why = append(why, "the configuration file")
	}
	if r.Package != nil || len(why) == 0 {
		return nil
	}
	return &leftOut{Why: "not packaged: " + strings.Join(why, " and "), Patterns: patterns}
}

// bringsConfig reports whether the configuration file would be packaged although nothing names it.
func bringsConfig(r *recipe.Recipe, copies []copied) bool {
	if r.Config == "" {
		return false
	}
	var brought bool
	for _, c := range copies {
		if path.Clean(c.Pattern) == r.Config {
			return false
		}
		brought = brought || covers(c.Pattern, r.Config)
	}
	for _, f := range r.Files {
		if path.Clean(f.Source) == r.Config {
			return false
		}
		brought = brought || covers(f.Source, r.Config)
	}
	return brought
}

// covers reports whether a pattern matches the file or a directory above it.
func covers(pattern, file string) bool {
	parts, names := strings.Split(path.Clean(pattern), "/"), strings.Split(file, "/")
	if path.Clean(pattern) == "." {
		return true
	}
	if len(parts) > len(names) {
		return false
	}
	for i, part := range parts {
		if ok, err := path.Match(part, names[i]); err == nil && !ok {
			return false
		}
	}
	return true
}

// literal returns the pattern that matches the name and nothing else.
func literal(name string) string {
	return strings.NewReplacer("\\", "\\\\", "*", "\\*", "?", "\\?", "[", "\\[").Replace(name)
}

// findExpression returns find's expression for the paths that patterns of .gitignore match; empty where there is none. A later
// pattern with "!" takes back what it matches.
func findExpression(patterns []string) string {
	var terms []string
	for i, pattern := range patterns {
		term := findPattern(pattern)
		if term == "" || strings.HasPrefix(pattern, "!") {
			continue
		}
		for _, later := range patterns[i+1:] {
			if back, negated := strings.CutPrefix(later, "!"); negated && findPattern(back) != "" {
				term += " ! " + findPattern(back)
			}
		}
		terms = append(terms, term)
	}
	return strings.Join(terms, " -o ")
}

// findPattern returns the expression for one pattern; empty for a comment. Where fnmatch's star takes slashes and
// .gitignore's does not, the number of slashes is limited.
func findPattern(pattern string) string {
	pattern = strings.TrimRight(pattern, " ")
	if pattern == "" || strings.HasPrefix(pattern, "#") {
		return ""
	}
	trimmed := strings.TrimRight(pattern, "/")
	kind := ""
	if trimmed != pattern {
		kind = "-type d "
	}
	pattern = strings.ReplaceAll(trimmed, "[^", "[!")
	rest := strings.TrimPrefix(pattern, "**/")
	switch {
	case !strings.Contains(rest, "/"):
		if strings.HasPrefix(pattern, "/") || rest == "" {
			break
		}
		return `\( ` + kind + "-name " + word(rest) + ` \)`
	case rest != pattern:
		return `\( ` + kind + "-path " + word("*/"+strings.ReplaceAll(rest, "**", "*")) + ` \)`
	}
	pattern = strings.TrimPrefix(pattern, "/")
	if strings.Contains(pattern, "**") {
		all := "-path " + word("./"+strings.ReplaceAll(pattern, "**", "*"))
		if strings.Contains(pattern, "/**/") { // also no directory between
			all += " -o -path " + word("./"+strings.ReplaceAll(strings.ReplaceAll(pattern, "/**/", "/"), "**", "*"))
		}
		return `\( ` + kind + `\( ` + all + ` \) \)`
	}
	deeper := "." + strings.Repeat("/*", strings.Count(pattern, "/")+2)
	return `\( ` + kind + "-path " + word("./"+pattern) + " ! -path " + word(deeper) + ` \)`
}

// word writes a pattern as a word that the shell leaves to find. The configuration holds no NUL.
func word(pattern string) string {
	q, err := Quote(pattern)
	if err != nil {
		return "''"
	}
	return q
}
