package config

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// hookPath is a hook of one word that may be the path of a script.
var hookPath = regexp.MustCompile(`^[A-Za-z0-9_.@+/-]+$`)

// hookRuns is a hook that hands a file to a shell.
var hookRuns = regexp.MustCompile(`^(?:sh|ash|bash|source|\.)[ \t]+([A-Za-z0-9_.@+/-]+)$`)

// maxHook limits a script that a hook names, in bytes.
const maxHook = 256 << 10

// ReadHooks replaces each hook that is the path of a script of the application in dir, as nfpm writes hooks, by that
// script: on the machine that runs the hook there is no such file. A path that leads nowhere is a fault, as is what a
// script has that Alpine's shell does not know.
func (f *File) ReadHooks(dir string) (warnings Faults, err error) {
	found := &findings{file: f, lenient: f.Instellar()}
	v := &validator{findings: found}
	for _, name := range slices.Sorted(maps.Keys(f.Hook)) {
		key, script := "hook."+name, strings.TrimSpace(f.Hook[name])
		if m := hookRuns.FindStringSubmatch(script); m != nil && !path.IsAbs(m[1]) {
			v.runsFile(dir, key, m[1])
		}
		if !hookPath.MatchString(script) || path.IsAbs(script) {
			continue
		}
		text, err := readHook(dir, script)
		switch {
		case err == nil:
		case !strings.Contains(script, "/"):
			continue // a command
		case os.IsNotExist(err):
			v.doubtful(key, "Write the path of a file of the application, or shell", "there is no file %s", script)
			continue
		default:
			v.bad(key, "Write the shell itself", "%s cannot be read: %v", script, err)
			continue
		}
		f.Hook[name] = text
		first := Pos{File: filepath.Join(dir, filepath.FromSlash(script)), Line: 1, Column: 1}
		f.marks[key] = mark{key: first, value: first, literal: true}
		found.lines = splitLines([]byte(text))
		v.shell(key, text)
	}
	faults, warnings := found.faults.split()
	if len(faults) > 0 {
		return warnings, faults
	}
	return warnings, nil
}

// runsFile refuses a hook that runs a file which only the application's directory has.
func (v *validator) runsFile(dir, key, script string) {
	if _, err := readHook(dir, script); err == nil {
		v.doubtful(key, "Write `"+script+"` alone, and the file becomes the hook",
			"runs %s, which the machine that installs the package does not have", quote(script))
	}
}

// readHook reads a script below dir.
func readHook(dir, name string) (string, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return "", err
	}
	defer func() { _ = root.Close() }() // nothing is written
	name = filepath.FromSlash(path.Clean(name))
	info, err := root.Stat(name)
	switch {
	case err != nil:
		return "", err
	case !info.Mode().IsRegular():
		return "", fmt.Errorf("it is not a file")
	case info.Size() > maxHook:
		return "", fmt.Errorf("it has %d bytes, at most %d are allowed", info.Size(), maxHook)
	}
	file, err := root.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }() // likewise
	text, err := io.ReadAll(io.LimitReader(file, maxHook+1))
	if err == nil && bytes.IndexByte(text, 0) >= 0 {
		err = fmt.Errorf("it is binary, not a script")
	}
	return string(text), err
}
