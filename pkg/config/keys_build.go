package config

// buildKeys say how the application is built and which files the package holds.
var buildKeys = []key{
	{
		path: "build", form: tableForm, scalar: "command", example: "{command: make, destinations: [bin]}",
		meaning: "How the application is built, and which of its files are packaged.",
	},
	{path: "build.prepare", form: shellForm, example: "npm ci", meaning: "Shell commands that run before `build.command`."},
	{
		path: "build.command", form: shellForm, example: "npm run build",
		meaning: "Shell commands that build the application, in a copy of its directory.",
	},
	{path: "build.env", form: pairsForm, example: "{NODE_ENV: production}", meaning: "Environment variables of the build."},
	{
		path: "build.destinations", form: listForm, rule: (*validator).inside, formerly: "destination", example: "[dist, Caddyfile]",
		meaning: "Files, directories and patterns, relative to the application's directory, that are copied to " +
			"`/var/lib/<name>`.",
	},
	{
		path: "build.exclude", form: listForm, rule: (*validator).excluded, example: "[tmp, '*.log']",
		meaning: "Patterns, as in `.gitignore`, of files that the build does not see and that are not packaged, not even where " +
			"the build makes them.",
	},
	{path: "build.keep_git", form: flagForm, example: "true", meaning: "Let the build see `.git`. Default: `false`."},
	{
		path: "build.strip_binary", form: flagForm, example: "false",
		meaning: "Remove debugging symbols from programs. Default: `true`.",
	},
	{
		path: "build.network", form: flagForm, example: "false",
		meaning: "`false`: no command of the build has network access; dependencies are installed before. It is " +
			"an error if the system cannot do that. Default: `true`.",
	},
	{
		path: "build.timeout", form: lineForm, rule: (*validator).timeout, pattern: timeoutForm, example: "30m",
		meaning: "Maximum duration of the build: a number with `h`, `m` or `s`, or several such as `1h30m`. Default: " +
			"no limit.",
	},
	{
		path: "build.allow_secrets", form: listForm, rule: (*validator).installed, example: "[etc/my-app/test.key]",
		meaning: "Paths and patterns of installed files that may hold a private key or credentials. Any other such " +
			"file is an error.",
	},
	{
		path: "check", form: tableForm, scalar: "command", example: "{command: npm test}",
		meaning: "Tests that must succeed before the package is made.",
	},
	{
		path: "check.command", form: shellForm, example: "npm test",
		meaning: "Shell commands that run after the build. If one fails, no package is made.",
	},
	{
		path: "files", form: tablesForm, example: "[{source: app.conf, destination: /etc/app/app.conf}]",
		meaning: "Files to install outside `/var/lib/<name>`.",
	},
	{
		path: "files[].source", form: lineForm, required: true, rule: (*validator).inside, example: "app.conf",
		meaning: "File or directory, relative to the application's directory.",
	},
	{
		path: "files[].destination", form: lineForm, required: true, rule: (*validator).destination, example: "/etc/app/app.conf",
		meaning: "Absolute path on the machine that installs the package.",
	},
	{
		path: "files[].mode", form: lineForm, rule: (*validator).mode, pattern: modeForm, numeric: true, example: `"0640"`,
		meaning: "Permissions in octal digits. Default: `0755` in directories of programs and in `/etc/init.d`, else " +
			"`0644`.",
	},
	{
		path: "files[].owner", form: lineForm, rule: (*validator).owner, pattern: ownerForm, example: "app:app",
		meaning: "`user` or `user:group`. Default: `root:root`.",
	},
	{
		path: "files[].config", form: flagForm, example: "true",
		meaning: "`true` for a file below `/etc` that an upgrade must not overwrite if it was changed.",
	},
}
