package config

// packageKeys are about the package itself: its scripts, relations, parts and size; and what the platform gets.
var packageKeys = []key{
	{
		path: "hook", form: scriptsForm, allowed: hooks, example: "{post-install: rc-update add my-app}",
		meaning: "Shell commands that apk runs on the machine that installs, upgrades or removes the package; or the path of a " +
			"script in the application's directory, whose text is used.",
	},
	{
		path: "package", form: shellForm, example: `install -Dm755 app "$pkgdir"/usr/bin/app`,
		meaning: "Shell commands that replace the generated `package()` of the APKBUILD.",
	},
	{
		path: "source", form: linesForm, example: "[https://example.com/app.tar.gz]",
		meaning: "Accepted only because old files have it: nothing is downloaded, and shell blocks find the application's files that " +
			"are named here in `$srcdir`.",
	},
	{
		path: "provides", form: wordsForm, relation: true, rule: (*validator).provided, example: "[my-app-api=1.0]",
		meaning: "Additional names under which other packages may depend on this one.",
	},
	{
		path: "replaces", form: wordsForm, relation: true, rule: (*validator).other, example: "[old-app]",
		meaning: "Packages whose files this one may overwrite.",
	},
	{
		path: "conflicts", form: wordsForm, relation: true, rule: (*validator).other, example: "[other-app]",
		meaning: "Packages that cannot be installed together with this one.",
	},
	{
		path: "subpackages", form: tablesForm, example: "[{name: doc, files: [usr/share/doc]}]",
		meaning: "Parts of the package that are installed separately.",
	},
	{
		path: "subpackages[].name", form: lineForm, required: true, rule: (*validator).packageName, pattern: packageForm, example: "doc",
		meaning: "The subpackage is `<name>-doc`, unless this already begins with the package's name.",
	},
	{
		path: "subpackages[].description", form: lineForm, rule: (*validator).description, maxLength: maxDescription,
		example: "Documentation of my-app",
		meaning: "One line of at most 127 characters.",
	},
	{
		path: "subpackages[].files", form: listForm, required: true, rule: (*validator).installed, example: "[usr/share/doc]",
		meaning: "Paths and patterns of installed files that move to the subpackage.",
	},
	{
		path: "subpackages[].dependencies", form: wordsForm, relation: true, rule: (*validator).dependency, example: "[mandoc]",
		meaning: "Installed together with the subpackage.",
	},
	{
		path: "subpackages[].install_if", form: wordsForm, relation: true, rule: (*validator).dependency, example: "[my-app, docs]",
		meaning: "Install the subpackage automatically on machines that have all of these packages.",
	},
	{
		path: "compression", form: lineForm, allowed: compressions, example: "small",
		meaning: "Trade-off between time and package size: `balanced` is about as small as `gzip -9` (up to 2.5 % larger), `small` " +
			"is 3 to 4 % smaller and six to eight times slower, `fast` is 5 to 7 % larger. Default: `balanced`.",
	},
	{path: "strip", form: flagForm, example: "false", meaning: "Short for `build.strip_binary`."},
	{path: "trace", form: flagForm, example: "true", meaning: "Short for `dependencies.trace`."},
	{path: "kits", form: treeForm, example: "[]", meaning: "A list that is passed to the Instellar platform unchanged."},
	{path: "sizes", form: treeForm, example: "[]", meaning: "Passed to the Instellar platform unchanged."},
	{path: "plans", form: treeForm, example: "[]", meaning: "Passed to the Instellar platform unchanged."},
	{path: "page", form: treeForm, example: "{}", meaning: "Passed to the Instellar platform unchanged."},
}
