package usererror

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"syscall"
)

// Text returns the message of err for people. What the operating system says of a file ("open a: no such file or directory")
// becomes a sentence that names the cause and what to do.
func Text(err error) string {
	if err == nil {
		return ""
	}
	text := err.Error()
	for _, raw := range systemErrors(err) {
		sentence, path := describe(raw)
		if sentence == "" {
			continue
		}
		text = strings.ReplaceAll(text, raw.Error(), sentence)
		text = strings.ReplaceAll(text, path+": "+path+" ", path+" ") // whoever wrapped it named the file, too
	}
	return text
}

// systemErrors returns the errors of the operating system in err's tree.
func systemErrors(err error) []error {
	switch err.(type) { //nolint:errorlint // each level is looked at
	case *fs.PathError, *os.LinkError, *exec.Error:
		return []error{err}
	}
	switch wrapped := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		if inner := wrapped.Unwrap(); inner != nil {
			return systemErrors(inner)
		}
	case interface{ Unwrap() []error }:
		var all []error
		for _, inner := range wrapped.Unwrap() {
			all = append(all, systemErrors(inner)...)
		}
		return all
	}
	return nil
}

// describe returns a sentence for the error, and the path that it is about; "" if the error's own text is the best.
func describe(err error) (sentence, path string) {
	switch e := err.(type) { //nolint:errorlint // systemErrors found it
	case *fs.PathError:
		return about(e.Path, e.Op, e.Err), e.Path
	case *os.LinkError:
		return about(e.New, e.Op, e.Err), e.New
	case *exec.Error:
		if errors.Is(e, exec.ErrNotFound) {
			return fmt.Sprintf("the program %s is not installed, or not in a directory of PATH", e.Name), e.Name
		}
	}
	return "", ""
}

// reasons are what the system says, and what to do about it. %[1]s is the path.
var reasons = []struct {
	is       error
	sentence string
}{
	{fs.ErrNotExist, "%[1]s does not exist; check the path"},
	{syscall.EISDIR, "%[1]s is a directory, where a file is needed; name the file itself"},
	{syscall.ENOTDIR, "%[1]s is not below a directory: a part of the path is a file; check the path"},
	{fs.ErrPermission, "%[1]s may not be %[2]s by this user (permission denied); change its permissions or owner"},
	{syscall.EROFS, "%[1]s is on a read-only file system; choose another place"},
	{syscall.ENOSPC, "%[1]s: the disk is full; free some space, or choose another place"},
	{syscall.EDQUOT, "%[1]s: the disk quota is used up; free some space, or choose another place"},
	{syscall.ELOOP, "%[1]s is a symbolic link that leads to itself, or is not followed here; name the file itself"},
	{syscall.ENAMETOOLONG, "%[1]s is a longer name than the file system allows; choose a shorter one"},
	{syscall.EMFILE, "%[1]s cannot be opened: this process has too many open files; raise the limit with `ulimit -n`"},
}

func about(path, op string, err error) string {
	for _, r := range reasons {
		if errors.Is(err, r.is) {
			return strings.ReplaceAll(strings.ReplaceAll(r.sentence, "%[1]s", path), "%[2]s", participle(op))
		}
	}
	return ""
}

// participle returns what was to be done to a file.
func participle(op string) string {
	switch {
	case strings.HasPrefix(op, "open"), op == "read", strings.HasSuffix(op, "stat"), op == "readlink":
		return "read"
	case op == "unlink", op == "remove", strings.HasPrefix(op, "unlink"):
		return "removed"
	}
	return "written"
}
