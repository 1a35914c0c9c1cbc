package detect

import (
	"regexp"
	"strings"
)

// ruby detects applications other than Rails. A Procfile says what starts them; else a config.ru with the server of the lock file.
func ruby(d *directory) *Application {
	if !d.has("Gemfile") {
		return nil
	}
	app := &Application{Kind: "Ruby", Evidence: []string{"Gemfile"}, template: "ruby"}
	call, env := d.procfile()
	app.values.Env = withDefaults(env, pair{"RACK_ENV", "production"}, pair{"PORT", "3000"})
	main := d.first("app.rb", "main.rb", "server.rb")
	switch {
	case d.err != nil:
	case !d.has("Gemfile.lock"):
		d.unknown("Gemfile, but no Gemfile.lock: write it with `bundle lock`")
	case call != "":
		app.values.Call = "exec " + strings.TrimPrefix(call, "bundle exec ")
	case d.has("config.ru") && strings.Contains(d.text("Gemfile.lock"), " puma ("):
		app.values.Call = "exec puma --bind tcp://0.0.0.0:3000"
		app.Evidence = append(app.Evidence, "config.ru", "Gemfile.lock holds puma")
	case main != "" && !d.has("config.ru"):
		app.values.Call = "exec ruby " + main
		app.Evidence = append(app.Evidence, main+" is started, as there is no Procfile")
	default:
		d.unknown("Gemfile, but neither a Procfile with `web:` nor a config.ru with puma says what starts the application")
	}
	if app.values.Call == "" {
		return nil
	}
	app.rubyVersion(d)
	app.gems(d)
	return app
}

var rubyPinned = regexp.MustCompile(`(?m)^ruby(\s+["']~?>?\s*\d+\.\d+|\s+file:|\s*\()`)

// rubyVersion prepares the build where the Gemfile accepts one version of Ruby only: Bundler refuses Alpine's, which is another.
func (a *Application) rubyVersion(d *directory) {
	if rubyPinned.MatchString(d.text("Gemfile")) {
		a.values.Commands = []string{"sed -i '/^ruby[ (]/d' Gemfile # Alpine has another version"}
		a.Evidence = append(a.Evidence, "the Gemfile accepts one version of Ruby only: the build takes Alpine's instead")
	}
}

// scripted are gems that need a JavaScript runtime when the application runs.
var scripted = regexp.MustCompile(`(?m)^\s*(?:gem\s+["'])?` +
	`(?:execjs|uglifier|coffee-script|coffee-rails|autoprefixer-rails|react-rails|therubyracer)\b`)

// gems adds what gems, and modules of npm beside them, need of Alpine.
func (a *Application) gems(d *directory) {
	v := &a.values
	text := d.text("Gemfile") + "\n" + d.text("Gemfile.lock")
	if scripted.MatchString(text) {
		v.Build, v.Runtime = appendNew(v.Build, "nodejs"), appendNew(v.Runtime, "nodejs")
		a.Evidence = append(a.Evidence, "a gem runs JavaScript, with Alpine's nodejs")
	}
	for _, n := range nativeGems {
		if regexp.MustCompile(`(?m)^\s*(?:gem\s+["'])?` + n.gem + `\b`).MatchString(text) {
			v.Build, v.Runtime = appendNew(v.Build, n.build...), appendNew(v.Runtime, n.runtime...)
		}
	}
	p := d.manifest()
	if p == nil || len(p.Dependencies)+len(p.DevDependencies) == 0 {
		return
	}
	name, install, _ := manager(d, p)
	v.Build = appendNew(v.Build, "nodejs", name)
	v.Commands = append(v.Commands, install)
	if p.Scripts["build"] != "" && !strings.Contains(text, "jsbundling-rails") { // assets:precompile runs it
		v.Commands = append(v.Commands, name+" run build")
	}
	a.Evidence = append(a.Evidence, "package.json names modules, which the build installs")
}

// nativeGems are gems that are compiled, and the libraries of Alpine that they need.
var nativeGems = []struct {
	gem            string
	build, runtime []string
}{
	{"pg", []string{"libpq-dev"}, []string{"libpq"}},
	{"mysql2", []string{"mariadb-connector-c-dev"}, []string{"mariadb-connector-c"}},
	{"sqlite3", []string{"sqlite-dev"}, []string{"sqlite-libs"}},
	{"rmagick", []string{"imagemagick-dev", "pkgconf"}, []string{"imagemagick"}},
	{"mini_magick", nil, []string{"imagemagick"}},
	{"ruby-vips", nil, []string{"vips"}},
	{"charlock_holmes", []string{"icu-dev", "zlib-dev"}, []string{"icu-libs"}},
	{"rugged", []string{"cmake", "pkgconf"}, nil},
	{"tzinfo", nil, []string{"tzdata"}},
}

// shell detects a directory whose start.sh or run.sh starts it.
func shell(d *directory) *Application {
	file := d.first("start.sh", "run.sh")
	if file == "" {
		return nil
	}
	text := d.text(file)
	app := &Application{Kind: "shell script", Evidence: []string{file}, template: "shell",
		values: values{Binary: "sh", Program: "/bin/sh", Call: file}}
	if first, _, _ := strings.Cut(text, "\n"); strings.Contains(first, "bash") {
		app.values.Binary, app.values.Program, app.values.Runtime = "bash", "/bin/bash", []string{"bash"}
	}
	return app
}
