package detect

import (
	"path"
	"regexp"
	"strings"
)

// exporters are the tools whose lock file is translated to a list for pip, and the command that does it.
var exporters = []struct{ lock, install, command string }{
	{"poetry.lock", "poetry poetry-plugin-export", "poetry export --without-hashes --output "},
	{"pdm.lock", "pdm", "pdm export --prod --without-hashes --format requirements --output "},
	{"Pipfile.lock", "pipenv", "pipenv requirements >"},
}

// install writes the commands that install what is locked, and reports whether it knows how.
func (p *pythonProject) install(servers string) bool {
	pip := func(list string) {
		p.plan.Commands = append(p.plan.Commands, strings.TrimSpace("python3 -m pip install --target vendor "+list+servers))
	}
	const locked = `"$TMPDIR"/locked.txt`
	if p.has("requirements.txt") {
		pip("-r requirements.txt ")
		return true
	}
	if p.has("uv.lock") {
		p.plan.Needs = append(p.plan.Needs, "uv")
		p.plan.Commands = append(p.plan.Commands, "uv export --frozen --no-dev --no-emit-project --no-editable --no-hashes >"+locked)
		pip("-r " + locked + " ")
		return true
	}
	for _, e := range exporters {
		if !p.has(e.lock) {
			continue
		}
		p.app.Evidence = append(p.app.Evidence, e.lock)
		p.plan.Commands = append(p.plan.Commands, `python3 -m venv "$TMPDIR"/tools`,
			`"$TMPDIR"/tools/bin/pip install --quiet `+e.install,
			`"$TMPDIR"/tools/bin/`+e.command+locked)
		pip("-r " + locked + " ")
		return true
	}
	switch {
	case p.has("Pipfile"), strings.Contains(p.project, "[tool.poetry.dependencies]"):
		p.unknown(p.app.Kind + ", but without a lock file that names the versions of its dependencies: write it and commit it")
		return false
	case regexp.MustCompile(`(?ms)^dependencies\s*=\s*\[\s*["']`).MatchString(p.project):
		p.app.Evidence = append(p.app.Evidence, "no lock file: each build installs the newest versions that pyproject.toml allows")
		p.plan.Commands = append(p.plan.Commands, `python3 -c 'import tomllib; `+
			`print("\n".join(tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"]))' >`+locked)
		pip("-r " + locked + " ")
	case servers != "":
		pip("")
	}
	return true
}

// wheels are modules without wheels for musl that they need no more than pip, or that start programs of Alpine.
var wheels = []struct {
	module         string
	build, runtime []string
}{
	{"psycopg", nil, []string{"libpq"}},
	{"psycopg2", []string{"build-base", "libpq-dev", "python3-dev"}, []string{"libpq"}},
	{"mysqlclient", []string{"build-base", "mariadb-connector-c-dev", "pkgconf", "python3-dev"}, []string{"mariadb-connector-c"}},
	{"pycairo", []string{"build-base", "cairo-dev", "pkgconf", "python3-dev"}, []string{"cairo"}},
	{"pdf2image", nil, []string{"poppler-utils"}},
	{"pydub", nil, []string{"ffmpeg"}},
	{"uwsgi", []string{"build-base", "linux-headers", "python3-dev"}, nil},
	{"python-ldap", []string{"build-base", "openldap-dev", "python3-dev"}, []string{"libldap"}},
	{"python-magic", nil, []string{"libmagic"}},
	{"pymssql", []string{"build-base", "freetds-dev", "python3-dev"}, []string{"freetds"}},
	{"pyodbc", []string{"build-base", "python3-dev", "unixodbc-dev"}, []string{"unixodbc"}},
	{"pycurl", []string{"build-base", "curl-dev", "python3-dev"}, []string{"libcurl"}},
	{"pyaudio", []string{"build-base", "portaudio-dev", "python3-dev"}, []string{"portaudio"}},
	{"weasyprint", nil, []string{"pango"}},
}

var gitRequirement = regexp.MustCompile(`\bgit\+|\bgit\s*=`)

func (p *pythonProject) native() {
	for _, w := range wheels {
		if p.depends(w.module) && !strings.Contains(p.wanted, w.module+"[binary") {
			p.plan.Needs = appendNew(p.plan.Needs, w.build...)
			p.plan.Runtime = appendNew(p.plan.Runtime, w.runtime...)
		}
	}
	if gitRequirement.MatchString(p.wanted) {
		p.plan.Needs = appendNew(p.plan.Needs, "git")
	}
	if members := p.glob("*/pyproject.toml"); len(members) > 0 && strings.Contains(p.project, "[tool.uv.workspace]") {
		for _, file := range members {
			member := *p
			member.wanted, member.project = strings.ToLower(p.text(file)), ""
			member.native()
			p.app.Evidence = append(p.app.Evidence, path.Dir(file)+" is a member of the workspace")
		}
	}
}
