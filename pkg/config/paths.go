package config

import (
	"path"
	"slices"
	"strings"
)

// noParent refuses `..`, which leads out of the directory that a path belongs to.
func (v *validator) noParent(at, text string) {
	if hasParent(text) {
		v.bad(at, "Write the path without ..", "%s contains `..`, which leads elsewhere", quote(text))
	}
}

func hasParent(text string) bool { return slices.Contains(strings.Split(text, "/"), "..") }

// inside checks a path or pattern within the application's directory.
func (v *validator) inside(at, text string) {
	switch {
	case text == "":
		v.bad(at, "Name a file, a directory or a pattern such as '*'", "is empty")
	case path.IsAbs(text):
		v.bad(at, "Write it relative to the application's directory",
			"found the absolute path %s, a path inside the application is expected", quote(text))
	case hasParent(text):
		v.bad(at, "Copy what is needed into the application's directory in build.command",
			"%s leads out of the application's directory", quote(text))
	}
}

// below checks a path below the directory in which the application is installed.
func (v *validator) below(at, text string) {
	if strings.ContainsAny(text, "*?[") {
		v.bad(at, "Name each directory; `.` is everything", "found the pattern %s, a path is expected", quote(text))
		return
	}
	if path.IsAbs(text) {
		v.bad(at, "Write it relative to /var/lib/<name>", "found the absolute path %s", quote(text))
		return
	}
	v.inside(at, text)
}

// excluded checks a pattern of .gitignore, where a leading slash means the application's directory.
func (v *validator) excluded(at, text string) {
	if strings.Trim(text, "/!") == "" {
		v.bad(at, "Write a pattern such as `*.log`", "%s excludes nothing", quote(text))
		return
	}
	v.noParent(at, text)
}

// foreign lists directories that belong to the machine's administrator; abuild refuses packages with files there.
var foreign = []string{"/opt", "/srv", "/home", "/usr/local", "/tmp", "/lib64", "/dev", "/proc", "/sys", "/run", "/var/run"}

// destination checks where a file is installed.
func (v *validator) destination(at, text string) {
	if !path.IsAbs(text) {
		v.bad(at, "Write it like `/"+path.Clean(text)+"`", "%s is not an absolute path", quote(text))
		return
	}
	if clean := path.Clean(text); clean != text || clean == "/" || hasParent(text) {
		v.bad(at, "Name the file itself, like `/etc/app/app.conf`", "%s is not the path of a file or directory in its shortest form",
			quote(text))
		return
	}
	for _, dir := range foreign {
		if text == dir || strings.HasPrefix(text, dir+"/") {
			v.bad(at, "Install it below /usr, /etc or /var/lib", "packages may not install files in %s", dir)
		}
	}
}

// installed checks a path or pattern within the finished package.
func (v *validator) installed(at, text string) {
	if strings.Trim(text, "/.") == "" {
		v.bad(at, "Name files or directories, like `usr/share/doc`", "%s is the whole package", quote(text))
		return
	}
	v.noParent(at, text)
}

// files checks the entries of files: together.
func (v *validator) files() {
	first := map[string]string{}
	for i, f := range v.file.Files {
		at := item("files", i)
		if other := first[f.Destination]; other != "" && f.Destination != "" {
			v.bad(at+".destination", "Keep one of them", "%s is already the destination of %s", quote(f.Destination), other)
		} else {
			first[f.Destination] = at
		}
		if f.Config && path.IsAbs(f.Destination) && !strings.HasPrefix(f.Destination, "/etc/") {
			v.bad(at+".config", "Install it below /etc, or remove the key",
				"apk preserves changed files below /etc only, %s is elsewhere", quote(f.Destination))
		}
	}
}
