package detect

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	cmakeProject = regexp.MustCompile(`(?i)\bproject\s*\(\s*([\w.+-]+)`)
	cmakeProgram = regexp.MustCompile(`(?i)\badd_executable\s*\(\s*([\w.+-]+|\$\{(?:CMAKE_)?PROJECT_NAME\})(\s+ALIAS\b|\s+IMPORTED\b)?`)
	mesonProgram = regexp.MustCompile(`\bexecutable\s*\(\s*(?:'([\w.+-]+)'|meson\.project_name\(\))`)
	mesonProject = regexp.MustCompile(`\bproject\s*\(\s*'([\w.+-]+)'`)
	zigProgram   = regexp.MustCompile(`addExecutable\(\s*\.\{[^}]*?\.name\s*=\s*"([\w.+-]+)"`)
	trial        = regexp.MustCompile(`(?i)(^|[_.-])(tests?|examples?|bench(marks?)?|demo|fuzz\w*)([_.-]|$)`)
)

// cmake packages the programs that CMakeLists.txt adds, wherever the build writes them.
func cmake(d *directory) *Application {
	text := uncommented(d.text("CMakeLists.txt"))
	if text == "" {
		return nil
	}
	project := ""
	if match := cmakeProject.FindStringSubmatch(text); match != nil {
		project = match[1]
	}
	for _, pattern := range []string{"*/CMakeLists.txt", "*/*/CMakeLists.txt"} {
		for _, file := range d.glob(pattern) {
			if !trial.MatchString(path.Dir(file)) && !aside.MatchString(path.Dir(file)) {
				text += "\n" + uncommented(d.text(file))
			}
		}
	}
	var names []string
	for _, match := range cmakeProgram.FindAllStringSubmatch(text, -1) {
		if name := match[1]; strings.HasPrefix(name, "$") {
			names = append(names, project)
		} else if match[2] == "" {
			names = append(names, name)
		}
	}
	return d.compiled("CMake", "CMakeLists.txt", names, []string{"build-base", "cmake"},
		"cmake -B build -DCMAKE_BUILD_TYPE=Release", "cmake --build build")
}

// meson packages the programs of meson.build.
func meson(d *directory) *Application {
	text := uncommented(d.text("meson.build"))
	if text == "" {
		return nil
	}
	var names []string
	for _, match := range mesonProgram.FindAllStringSubmatch(text, -1) {
		name := match[1]
		if project := mesonProject.FindStringSubmatch(text); name == "" && project != nil {
			name = project[1]
		}
		names = append(names, name)
	}
	return d.compiled("Meson", "meson.build", names, []string{"build-base", "meson"},
		"meson setup build --buildtype=release", "meson compile -C build")
}

// compiled packages programs that a build writes somewhere below build/.
func (d *directory) compiled(kind, file string, names, needs []string, commands ...string) *Application {
	names = slices.DeleteFunc(names, func(name string) bool { return name == "" || trial.MatchString(name) })
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) == 0 {
		d.unknown(file + " adds no program that could be started")
		return nil
	}
	if !d.plain(names...) {
		return nil
	}
	commands = append(commands, "mkdir -p bin")
	for _, name := range names {
		commands = append(commands, "find build -type f -name '"+name+"' -perm -100 -exec cp {} bin/ \\;")
	}
	app := planned(kind, &plan{
		Needs: needs, Trace: true, Commands: commands, Destinations: []string{"bin"}, Service: "app", Binary: names[0],
	}, file+" adds "+strings.Join(names, ", "), "dependencies.build must also name the -dev packages of libraries that it finds")
	if len(names) > 1 {
		app.several("there are several programs", names)
		app.values.Plan.Binary = app.values.Binary
	}
	return app
}

// uncommented returns the text of a build file without its comments.
func uncommented(text string) string {
	return regexp.MustCompile(`(?m)#.*$`).ReplaceAllString(text, "")
}

// zig packages the programs of build.zig.
func zig(d *directory) *Application {
	text := regexp.MustCompile(`(?m)//.*$`).ReplaceAllString(d.text("build.zig"), "")
	if text == "" {
		return nil
	}
	match := zigProgram.FindStringSubmatch(text)
	if match == nil || !d.plain(match[1]) {
		d.unknown("build.zig adds no program whose name is written in it")
		return nil
	}
	return planned("Zig", &plan{
		Needs: []string{"zig"}, Commands: []string{"zig build -Doptimize=ReleaseSafe --global-cache-dir \"$TMPDIR\"/zig"},
		Trace: true, Destinations: []string{"zig-out/bin"}, Service: "app", Binary: match[1],
	}, "build.zig adds "+match[1])
}
