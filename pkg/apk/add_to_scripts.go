package apk

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"

	"github.com/pakman/build/pkg/apk/internal/ustar"
	"github.com/pakman/build/pkg/internal/atomicfile"
)

// shebang is the first line of a script that AddToScripts can change.
const shebang = "#!/bin/sh\n"

// AddToScripts puts shell text at the beginning of install scripts of the package at path, which loses its signatures. A
// script that the package does not have is made. The package depends on the shell then, as abuild's do. The rest of .PKGINFO, and the
// data, stay as they are, byte for byte.
func AddToScripts(ctx context.Context, path string, texts map[string][]byte) (err error) {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	o, err := open(file)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	control, err := addToScripts(o.content, texts)
	if err == nil && len(control) > maxControl {
		err = fmt.Errorf("the install scripts together are larger than %d MiB", maxControl>>20)
	}
	if err != nil {
		return fmt.Errorf("%s: control: %w", path, err)
	}
	if _, err := file.Seek(o.controlAt+o.ControlSize, io.SeekStart); err != nil {
		return err
	}
	return atomicfile.Write(path, atomicfile.Options{}, func(w *os.File) error {
		if err := compress(w, control); err != nil {
			return err
		}
		return copyFile(ctx, w, file)
	})
}

// addToScripts returns the tar of the control member with the texts in its scripts, which keep apk's order.
func addToScripts(content []byte, texts map[string][]byte) ([]byte, error) {
	var modTime int64
	bodies := map[string][]byte{}
	for t := tar.NewReader(bytes.NewReader(content)); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if bodies[h.Name], err = io.ReadAll(t); err != nil {
			return nil, err
		}
		modTime = h.ModTime.Unix()
	}
	for name, text := range texts {
		body, had := bodies[name]
		if !had {
			body = []byte(shebang)
		}
		rest, ok := bytes.CutPrefix(body, []byte(shebang))
		if !ok {
			return nil, fmt.Errorf("%s is no script of /bin/sh", name)
		}
		bodies[name] = bytes.Join([][]byte{[]byte(shebang), text, rest}, nil)
	}
	bodies[pkginfo] = withShell(bodies[pkginfo])
	var archive bytes.Buffer
	t := ustar.NewWriter(&archive)
	h := &ustar.Header{Path: pkginfo, Type: ustar.File, Mode: 0o644, User: root, Group: root, ModTime: modTime}
	for _, name := range append([]string{pkginfo}, scriptNames...) {
		body, has := bodies[name]
		if !has {
			continue
		}
		if name != pkginfo {
			h.Path, h.Mode = name, 0o755
		}
		h.Size = int64(len(body))
		if err := addFile(t, h, body); err != nil {
			return nil, err
		}
	}
	return archive.Bytes(), nil
}

var (
	bringsShell = regexp.MustCompile(`(?m)^(?:depend = (?:/bin/sh|busybox)|pkgname = busybox)$`)
	datahash    = regexp.MustCompile(`(?m)^datahash = `)
)

// withShell returns a .PKGINFO that depends on /bin/sh, so that apk installs a shell before it runs the scripts.
func withShell(text []byte) []byte {
	at := datahash.FindIndex(text)
	if bringsShell.Match(text) || at == nil {
		return text
	}
	return slices.Concat(text[:at[0]], []byte("depend = /bin/sh\n"), text[at[0]:])
}
