package detect

import (
	"encoding/json"
	"path"
	"regexp"
	"slices"
	"strings"
)

// phpName is Alpine's package of PHP, which also names those of its extensions.
const phpName = "php84"

var phpBuiltin = []string{"core", "date", "hash", "json", "pcre", "random", "reflection", "spl", "standard"}

// php packages an application with index.php, or the public directory of a framework. PHP's own server answers.
func php(d *directory) *Application {
	front := d.first("public/index.php", "web/index.php", "index.php")
	if front == "" {
		return nil
	}
	extensions := []string{phpName}
	var needs, commands []string
	evidence := []string{front, "PHP's own server answers; for many visitors, use nginx with " + phpName + "-fpm"}
	if text := d.text("composer.json"); text != "" {
		var composer struct{ Require map[string]string }
		if err := json.Unmarshal([]byte(text), &composer); err != nil {
			d.unknown("composer.json: " + err.Error())
			return nil
		}
		for name := range composer.Require {
			extension, ok := strings.CutPrefix(name, "ext-")
			if ok && !slices.Contains(phpBuiltin, extension) && extensionName.MatchString(extension) {
				extensions = append(extensions, phpName+"-"+extension)
			}
		}
		slices.Sort(extensions)
		needs = append([]string{"composer"}, extensions...)
		commands = []string{"composer install --no-dev --optimize-autoloader --no-interaction"}
		evidence = append(evidence, "composer.json")
	}
	return planned("PHP", &plan{
		Noarch: true, Needs: needs, Runtime: extensions, Commands: commands, Destinations: []string{"*"},
		Env: []pair{{"PHP_CLI_SERVER_WORKERS", "4"}, {"PORT", "8000"}}, Binary: phpName, Path: "/usr/bin/" + phpName,
		Call: "-S 0.0.0.0:$PORT -t " + path.Dir(front),
	}, evidence...)
}

var extensionName = regexp.MustCompile(`^[a-z0-9_]+$`)
