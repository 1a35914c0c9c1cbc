package detect

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// pythonProject is a directory with an application in Python.
type pythonProject struct {
	*directory
	project string // pyproject.toml
	wanted  string // all texts that name dependencies
	plan    *plan
	app     *Application
}

// pythonServers are the frameworks whose server is named apart: what makes the application, and the server that runs it.
var pythonServers = []struct{ dependency, class, kind, server, options string }{
	{"flask", "Flask", "Flask", "gunicorn", "--bind 0.0.0.0:$PORT"},
	{"fastapi", "FastAPI", "FastAPI", "uvicorn", "--host 0.0.0.0 --port $PORT"},
	{"python-fasthtml", "FastHTML", "FastHTML", "uvicorn", "--host 0.0.0.0 --port $PORT"},
	{"starlette", "Starlette", "Starlette", "uvicorn", "--host 0.0.0.0 --port $PORT"},
	{"litestar", "Litestar", "Litestar", "uvicorn", "--host 0.0.0.0 --port $PORT"},
	{"quart", "Quart", "Quart", "uvicorn", "--host 0.0.0.0 --port $PORT"},
}

func newPython(d *directory) *pythonProject {
	p := &pythonProject{directory: d, project: d.text("pyproject.toml")}
	p.wanted = strings.ToLower(d.text("requirements.txt") + "\n" + p.project + "\n" + d.text("Pipfile"))
	p.plan = &plan{Needs: []string{"py3-pip", "python3"}, Runtime: []string{"python3"}, Destinations: []string{"*"}, Binary: "python3",
		Path: "/usr/bin/python3",
		Env:  []pair{{"PYTHONPATH", "/var/lib/" + appName + "/vendor"}, {"PYTHONUNBUFFERED", "1"}, {"PORT", "8000"}}}
	return p
}

// python detects Django, Flask, FastAPI and their relatives. It names the module only where a file of the application says so.
func python(d *directory) *Application {
	p := newPython(d)
	if p.has("manage.py") && p.depends("django") {
		return p.django()
	}
	for _, s := range pythonServers {
		if p.depends(s.dependency) {
			if module := p.module(s.class); module != "" {
				p.plan.Call = "-m " + s.server + " " + module + " " + s.options
				return p.planned(s.kind, []string{s.server}, "the requirements contain "+s.dependency, "the application is "+module)
			}
			p.unknown(fmt.Sprintf("%s, but no app.py, main.py, wsgi.py or asgi.py holds `app = %s(…)`", s.kind, s.class))
			return nil
		}
	}
	return nil
}

// depends reports whether the project names a dependency, not one whose name only begins so.
func (p *pythonProject) depends(name string) bool {
	return regexp.MustCompile(`(?m)(^|["'\s,\[])` + regexp.QuoteMeta(name) + `\s*($|["'\[<>=~!;,@ ])`).MatchString(p.wanted)
}

func (p *pythonProject) django() *Application {
	match := djangoSettings.FindStringSubmatch(p.text("manage.py"))
	project := ""
	if match != nil {
		project = strings.ReplaceAll(match[1], ".", "/")
	}
	if !p.has(project + "/wsgi.py") {
		p.unknown("Django, but manage.py does not lead to the project's wsgi.py")
		return nil
	}
	app := p.planned("Django", []string{"gunicorn"}, "manage.py", "the requirements contain django")
	if app == nil {
		return nil
	}
	if strings.Contains(p.text(project+"/settings.py"), "STATIC_ROOT") {
		p.plan.Commands = append(p.plan.Commands, "PYTHONPATH=vendor python3 manage.py collectstatic --noinput")
	} else { // it would have no directory to write to
		app.Evidence = append(app.Evidence, "settings.py sets no STATIC_ROOT: without it, collectstatic is left out")
	}
	p.plan.Call = "-m gunicorn " + match[1] + ".wsgi --bind 0.0.0.0:$PORT"
	p.plan.Extra, p.plan.Writable = []string{"migrate"}, djangoWritable(p.directory, project)
	return app
}

// module finds the module and the variable that hold the application.
func (p *pythonProject) module(class string) string {
	made := regexp.MustCompile(`(?m)^(\w+)\s*(?:,\s*\w+\s*)?(?::[^=\n]*)?=\s*(?:\w+\.)*(?:` + class + `|fast_app)\(`)
	for _, module := range []string{"app", "main", "wsgi", "asgi", "server", "application", "api", "run", "app/main", "app/app", "src/main",
		"src/app", "app/__init__"} {
		text := p.text(module + ".py")
		variable := "app"
		if match := made.FindStringSubmatch(text); match != nil {
			variable = match[1]
		} else if !factory.MatchString(text) {
			continue
		}
		return strings.ReplaceAll(strings.TrimSuffix(module, "/__init__"), "/", ".") + ":" + variable
	}
	return ""
}

var (
	djangoSettings = regexp.MustCompile(`DJANGO_SETTINGS_MODULE['"]\s*,\s*['"]([A-Za-z0-9_.]+)\.settings`)
	factory        = regexp.MustCompile(`(?m)^(app\s*=|from \S+ import app\b)`)
	pythonScript   = regexp.MustCompile(`(?m)^\[project\.scripts\]\s*\n(?:\s*#[^\n]*\n)*\s*["']?[\w.-]+["']?\s*=\s*["']([\w.]+):(\w+)["']`)
)

// pythonProgram detects other applications: the Procfile says what starts them, the scripts of pyproject.toml do, or a file has
// one of the usual names.
func pythonProgram(d *directory) *Application {
	p := newPython(d)
	file := p.program()
	call, env := d.procfile()
	if d.err != nil || file == "" && p.project == "" && !p.has("requirements.txt", "Pipfile") {
		return nil
	}
	program, rest, _ := strings.Cut(call, " ")
	script := pythonScript.FindStringSubmatch(p.project)
	var why string
	var servers []string
	switch {
	case program == "python" || program == "python3":
		p.plan.Call, why = rest, "Procfile: "+call
	case program != "":
		p.plan.Call, why, servers = strings.TrimSpace("-m "+program+" "+rest), "Procfile: "+call, []string{program}
	case script != nil:
		p.plan.Call = "-c 'import sys; from " + script[1] + " import " + script[2] + "; sys.exit(" + script[2] + "())'"
		p.plan.Service, why = "app", "pyproject.toml has the script "+script[1]+":"+script[2]
		if strings.Contains(p.project, "[build-system]") {
			p.plan.Commands = append(p.plan.Commands, "python3 -m pip install --no-deps --target vendor .")
		}
	case file != "":
		p.plan.Call, p.plan.Service, why = file, "app", file+" is started; if it does not keep running, make it one of run.commands"
	default:
		p.unknown("Python, but neither a Procfile, nor a script in pyproject.toml, nor main.py or app.py says what starts the application")
		return nil
	}
	p.plan.Env = withDefaults(env, p.plan.Env...)
	return p.planned("Python", servers, why)
}

// program returns what python3 is called with: a file that has one of the usual names, else the only package that can be run.
// The files of a package cannot be started by themselves, but a project, which names what it depends on, may have a needless
// __init__.py. Empty for none.
func (p *pythonProject) program() string {
	if p.has("__init__.py") && p.project == "" && !p.has("requirements.txt", "Pipfile") {
		return ""
	}
	if file := p.first("main.py", "app.py", "bot.py", "server.py", "run.py", "__main__.py"); file != "" {
		return file
	}
	var packages []string
	for _, file := range p.glob("*/__main__.py") {
		if dir := path.Dir(file); p.has(dir+"/__init__.py") && p.plain(dir) {
			packages = append(packages, "-m "+dir)
		}
	}
	if len(packages) != 1 {
		return ""
	}
	return packages[0]
}

// planned completes the plan: how the dependencies are installed, and what they need of Alpine.
func (p *pythonProject) planned(kind string, servers []string, evidence ...string) *Application {
	if p.depends("playwright") {
		p.unknown("playwright " + glibcBrowser + ", and so does its own driver")
		return nil
	}
	rest := p.plan.Commands
	p.plan.Commands = nil
	p.app = planned(kind, p.plan, evidence...)
	if !p.install(strings.Join(servers, " ")) {
		return nil
	}
	p.plan.Commands = append(p.plan.Commands, rest...)
	p.native()
	if len(p.plan.Commands) == 0 {
		p.plan.Needs, p.plan.Noarch = nil, true
	}
	return p.app
}
