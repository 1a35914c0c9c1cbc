package detect

import (
	"fmt"
	"regexp"
	"strings"
)

// python detects Django, Flask and FastAPI. It names the module only where a file of the application says so.
func python(d *directory) *Application {
	requirements := strings.ToLower(d.text("requirements.txt") + d.text("pyproject.toml") + d.text("Pipfile"))
	app := &Application{values: values{Export: !d.has("requirements.txt")}}
	switch {
	case d.has("manage.py") && strings.Contains(requirements, "django"):
		match := djangoSettings.FindStringSubmatch(d.text("manage.py"))
		if match == nil || !d.has(strings.ReplaceAll(match[1], ".", "/")+"/wsgi.py") {
			d.unknown("Django, but manage.py does not lead to the project's wsgi.py")
			return nil
		}
		app.Kind, app.template, app.values.Binary = "Django", "django", match[1]
		app.Evidence = []string{"manage.py", "the requirements contain django"}
	case strings.Contains(requirements, "flask"):
		app = d.webApplication(app, "Flask", "gunicorn", "--bind 0.0.0.0:8000")
	case strings.Contains(requirements, "fastapi"):
		app = d.webApplication(app, "FastAPI", "uvicorn", "--host 0.0.0.0 --port 8000")
	default:
		return nil
	}
	if app != nil && app.values.Export && !d.has("uv.lock") {
		d.unknown(app.Kind + ", but without requirements.txt or uv.lock: PAKman does not know how to install its dependencies")
		return nil
	}
	return app
}

// webApplication finds the module and the variable that hold the application.
func (d *directory) webApplication(app *Application, kind, server, options string) *Application {
	made := regexp.MustCompile(`(?m)^(\w+)\s*(?::[^=\n]*)?=\s*` + kind + `\(`)
	for _, module := range []string{"app", "main", "wsgi", "asgi", "server", "application", "app/main", "src/main", "app/__init__"} {
		text := d.text(module + ".py")
		variable := "app"
		if match := made.FindStringSubmatch(text); match != nil {
			variable = match[1]
		} else if !factory.MatchString(text) {
			continue
		}
		app.Kind, app.template = kind, "flask"
		app.values.Manager = server
		app.values.Main = strings.ReplaceAll(strings.TrimSuffix(module, "/__init__"), "/", ".") + ":" + variable
		app.values.Call = options
		app.Evidence = []string{"the requirements contain " + strings.ToLower(kind), module + ".py makes " + variable}
		return app
	}
	d.unknown(fmt.Sprintf("%s, but no app.py, main.py, wsgi.py or asgi.py holds `app = %s(…)`", kind, kind))
	return nil
}

var (
	djangoSettings = regexp.MustCompile(`DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([A-Za-z0-9_.]+)\.settings`)
	factory        = regexp.MustCompile(`(?m)^(app\s*=|from \S+ import app\b)`)
)
