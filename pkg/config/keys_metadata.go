package config

// metadataKeys say what the package is called, what it is for, and what it needs.
var metadataKeys = []key{
	{
		path: "name", form: lineForm, rule: (*validator).packageName, pattern: packageForm, example: "my-app",
		meaning: "Name of the package: lowercase letters, digits and `+ . _ -`. Default: the repository's name.",
	},
	{
		path: "version", form: lineForm, rule: (*validator).version, pattern: versionForm, numeric: true, example: `"1.2.3"`,
		meaning: "Version. Default: the git tag, else 0.0.0.",
	},
	{
		path: "description", form: lineForm, rule: (*validator).description, maxLength: maxDescription, example: "A shop for books",
		meaning: "One line of at most 127 characters that package lists show.",
	},
	{
		path: "url", form: lineForm, rule: (*validator).url, example: "https://example.com",
		meaning: "Home page. Default: the repository.",
	},
	{
		path: "license", form: lineForm, rule: (*validator).license, pattern: licenseForm, example: "MIT",
		meaning: "SPDX licence expression.",
	},
	{
		path: "maintainer", form: lineForm, rule: (*validator).maintainer, pattern: mailForm, example: "Ann Other <ann@example.com>",
		meaning: "Person or team responsible for the package.",
	},
	{
		path: "type", form: lineForm, allowed: types, example: "static",
		meaning: "`static`: files that nginx serves, as the service of the package. `custom`: the `package` script " +
			"installs everything. Omit it for an application.",
	},
	{
		path: "stack", form: lineForm, rule: (*validator).stack, pattern: stackForm, numeric: true, example: "alpine/3.24",
		meaning: "Alpine release to build for: `alpine/3.24`, `alpine/edge`. Default: the release of the Alpine system " +
			"that builds, else the newest stable release.",
	},
	{
		path: "architectures", form: wordsForm, allowed: architectures, synonyms: otherArchitectures, nonEmpty: true,
		example: "[x86_64, aarch64]",
		meaning: "Processor architectures. Use `noarch` for files that are the same on every architecture; " +
			"list architectures next to it to choose the indexes that list the package. Default: the architecture of " +
			"the machine that builds.",
	},
	{
		path: "dependencies", form: tableForm, example: "{runtime: [nodejs]}",
		meaning: "Alpine packages that are needed, with or without a version: `nodejs`, `nodejs>=20`, `!apache2`, " +
			"`so:libc.musl-x86_64.so.1`, `/bin/sh`.",
	},
	{
		path: "dependencies.build", form: wordsForm, relation: true, rule: (*validator).dependency, example: "[go]",
		meaning: "Installed only for the build.",
	},
	{
		path: "dependencies.runtime", form: wordsForm, relation: true, rule: (*validator).dependency, example: "[nodejs, ca-certificates]",
		meaning: "Installed together with the package.",
	},
	{
		path: "dependencies.check", form: wordsForm, relation: true, rule: (*validator).dependency, example: "[postgresql]",
		meaning: "Installed only for `check.command`.",
	},
	{
		path: "dependencies.trace", form: flagForm, example: "true",
		meaning: "Find the shared libraries that the packaged programs need, and depend on them. Default: `false`.",
	},
}
