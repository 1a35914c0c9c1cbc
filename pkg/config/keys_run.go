package config

// runKeys say which services and commands the installed package has.
var runKeys = []key{
	{
		path: "static", form: tableForm, example: "{fallback: index.html}",
		meaning: "How the files of a `type: static` package are served. Set the port with `PORT` in `run.environment`, or, on the " +
			"machine, in `/etc/conf.d/<name>`. Default: 8080.",
	},
	{
		path: "static.root", form: lineForm, rule: (*validator).served, pattern: servedForm, example: "dist",
		meaning: "Directory of the pages, below `/var/lib/<name>`. Default: the only entry of `build.destinations` if it is a " +
			"directory, else `/var/lib/<name>` itself.",
	},
	{
		path: "static.fallback", form: lineForm, rule: (*validator).served, pattern: servedForm, example: "index.html",
		meaning: "Page that nginx sends for paths that do not exist, for single-page applications; relative to `static.root`. " +
			"Default: none; nginx sends `404.html` with status 404.",
	},
	{
		path: "run", form: tableForm, example: "{name: app, services: [{name: web, binary: app}]}",
		meaning: "What runs when the package is installed.",
	},
	{path: "run.name", form: lineForm, example: "my-app", meaning: "Name of the OpenRC service. It must be the name of the package."},
	{
		path: "run.user", form: lineForm, rule: (*validator).user, pattern: accountForm, example: "my-app",
		meaning: "User that the services run as; it is created if it does not exist. Default: the package's name.",
	},
	{
		path: "run.supervisor", form: lineForm, allowed: supervisors, example: "s6",
		meaning: "Program that supervises the services. Default: `s6` if it is among the runtime dependencies, else " +
			"OpenRC's `supervise-daemon`.",
	},
	{
		path: "run.environment", form: pairsForm, oneLine: true, example: `{PORT: "8080"}`,
		meaning: "Environment variables of the services and commands, stored in `/etc/conf.d/<name>`.",
	},
	{
		path: "run.writable", form: listForm, rule: (*validator).below, example: "[storage, tmp]",
		meaning: "Paths below `/var/lib/<name>` that the services may write to; the other installed files are root's. `.`: everything. " +
			"Default: `[]`, nothing; in `instellar.yml` everything.",
	},
	{
		path: "run.restarts", form: lineForm, rule: (*validator).count, numeric: true, example: "20",
		meaning: "Number of restarts, each within a minute of the last start, after which a service stays down. Default: no limit; the " +
			"delay before a restart grows to one minute.",
	},
	{path: "run.log", form: tableForm, example: "{size: 5 MB, count: 3}", meaning: "How much of the services' output is kept."},
	{
		path: "run.log.size", form: lineForm, rule: (*validator).logSize, numeric: true, example: "5 MB",
		meaning: "Size of a log file, from 4 KiB to 250 MiB, at which a new one is begun. Default: `1 MB`.",
	},
	{
		path: "run.log.count", form: lineForm, rule: (*validator).count, numeric: true, example: "3",
		meaning: "Number of old log files that are kept. Default: `10`.",
	},
	{
		path: "run.services", form: tablesForm, example: "[{name: web, binary: app}]",
		meaning: "Programs to keep running. `rc-service <name> start` runs one of them: the first, unless the variable `SERVICE_MODE` " +
			"names another. `rc-service <name>.<service> start` runs one by itself.",
	},
	{
		path: "run.services[].name", form: lineForm, required: true, rule: (*validator).serviceName, pattern: serviceForm, example: "web",
		meaning: "Name of the service, as in `SERVICE_MODE`.",
	},
	{
		path: "run.services[].binary", form: lineForm, required: true, rule: (*validator).binary, example: "app",
		meaning: "Program, in `/var/lib/<name>/bin` unless `path` names another directory.",
	},
	{
		path: "run.services[].path", form: lineForm, rule: (*validator).noParent, example: "/usr/bin",
		meaning: "Directory of the program, or the program itself; absolute, or below `/var/lib/<name>`.",
	},
	{
		path: "run.services[].directory", form: lineForm, rule: (*validator).noParent, example: "/var/lib/my-app",
		meaning: "Directory to start in, absolute or below `/var/lib/<name>`, which is the default.",
	},
	{
		path: "run.services[].start", form: tableForm, scalar: "call", example: "{call: serve --port 8080}",
		meaning: "How the service starts.",
	},
	{
		path: "run.services[].start.call", form: lineForm, rule: (*validator).arguments, numeric: true, example: "serve --port 8080",
		meaning: "Arguments of the program, as in a shell.",
	},
	{
		path: "run.services[].stop", form: stopForm, example: "app stop",
		meaning: "Shell commands that stop the service, or `{call: …}` with the arguments that make the program stop it. " +
			"Default: a signal.",
	},
	{
		path: "run.services[].health", form: tableForm, example: "{path: /, port: 8080}",
		meaning: "What answers when the service works; `pakman try` and `build --try` wait for it. Default: the service must keep running.",
	},
	{
		path: "run.services[].health.path", form: lineForm, rule: (*validator).healthPath, pattern: healthPathForm, example: "/healthz",
		meaning: "Path of a page, with a status from 200 to 399, that the service answers over HTTP on `port`.",
	},
	{
		path: "run.services[].health.port", form: lineForm, rule: (*validator).port, numeric: true, example: "8080",
		meaning: "TCP port that the service listens on. Default: `PORT` in `run.environment`.",
	},
	{
		path: "run.services[].health.command", form: shellForm, example: "app ping",
		meaning: "Shell commands that succeed when the service works, run as its user in its environment.",
	},
	{
		path: "run.services[].health.timeout", form: lineForm, rule: (*validator).timeout, example: "2m",
		meaning: "How long the service may take until it works. Default: `30s`.",
	},
	{
		path: "run.commands", form: tablesForm, example: "[{name: migrate, binary: app, call: migrate}]",
		meaning: "Commands of the application: `rc-service <name> <command>`.",
	},
	{
		path: "run.commands[].name", form: lineForm, required: true, rule: (*validator).commandName, pattern: variableName,
		example: "migrate",
		meaning: "Name of the command: letters, digits and `_`.",
	},
	{
		path: "run.commands[].binary", form: lineForm, required: true, rule: (*validator).binary, example: "app",
		meaning: "Program, in `/var/lib/<name>/bin` unless `path` names another directory.",
	},
	{
		path: "run.commands[].path", form: lineForm, rule: (*validator).noParent, example: "/usr/bin",
		meaning: "Directory of the program, or the program itself; absolute, or below `/var/lib/<name>`.",
	},
	{
		path: "run.commands[].call", form: lineForm, rule: (*validator).arguments, numeric: true, example: "migrate --yes",
		meaning: "Arguments of the program, as in a shell.",
	},
}
