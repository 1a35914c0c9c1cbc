package apk

import (
	"archive/tar"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pakman/build/pkg/apk/internal/ustar"
)

const (
	pkginfo = ".PKGINFO"
	root    = "root"
)

// scriptNames are the scripts that apk runs, in their order in the control member.
var scriptNames = []string{
	".pre-install", ".post-install", ".pre-upgrade", ".post-upgrade", ".pre-deinstall", ".post-deinstall", ".trigger",
}

// scriptRank returns the place of a script in the control member, -1 for a name that apk does not run.
func scriptRank(name string) int { return slices.Index(scriptNames, name) }

// checkScripts refuses scripts that apk would not run.
func checkScripts(info Info, scripts []Script) error {
	seen := map[string]bool{}
	for _, s := range scripts {
		if scriptRank(s.Name) < 0 {
			return fmt.Errorf("%s: %q is not an install script of apk", info.Name, s.Name)
		}
		if seen[s.Name] {
			return fmt.Errorf("%s: there are two scripts %s", info.Name, s.Name)
		}
		seen[s.Name] = true
	}
	if seen[".trigger"] != (len(info.Triggers) > 0) {
		return fmt.Errorf("%s: it needs both triggers and a .trigger script, or neither", info.Name)
	}
	return nil
}

// writeControl writes the control member: a tar without its end, so that the data's continues it.
func writeControl(w io.Writer, info Info, scripts []Script) error {
	text, err := info.encode()
	if err != nil {
		return err
	}
	scripts = slices.SortedFunc(slices.Values(scripts), func(a, b Script) int {
		return cmp.Compare(scriptRank(a.Name), scriptRank(b.Name))
	})
	var archive bytes.Buffer
	t := ustar.NewWriter(&archive)
	h := &ustar.Header{
		Path: pkginfo, Type: ustar.File, Mode: 0o644, Size: int64(len(text)),
		User: root, Group: root, ModTime: info.BuildDate,
	}
	if err := addFile(t, h, text); err != nil {
		return err
	}
	for _, s := range scripts {
		h.Path, h.Mode, h.Size = s.Name, 0o755, int64(len(s.Body))
		if err := addFile(t, h, s.Body); err != nil {
			return err
		}
	}
	if archive.Len() > maxControl {
		return fmt.Errorf("%s: the install scripts together are larger than %d MiB", info.Name, maxControl>>20)
	}
	return compress(w, archive.Bytes())
}

// readControl takes .PKGINFO and the scripts from the control member's tar. Files of other tools are skipped. Two of one
// name are refused: readers may differ in which of them counts.
func (o *opened) readControl() error {
	t := tar.NewReader(bytes.NewReader(o.content))
	found := map[string]bool{}
	for {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("control: %w", err)
		}
		if h.Name != pkginfo && scriptRank(h.Name) < 0 {
			continue
		}
		if found[h.Name] {
			return fmt.Errorf("control: there are two %s", h.Name)
		}
		found[h.Name] = true
		body, err := io.ReadAll(t)
		if err != nil {
			return fmt.Errorf("control: %w", err)
		}
		if h.Name != pkginfo {
			o.Scripts = append(o.Scripts, Script{Name: h.Name, Body: body})
		} else if o.Info, err = parseInfo(body); err != nil {
			return err
		}
	}
	if !found[pkginfo] {
		return errors.New("not a package: .PKGINFO is missing")
	}
	return nil
}
