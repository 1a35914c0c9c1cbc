package native

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// strip runs the machine's strip over the package's binaries, as abuild does: also over those without
// symbols, which it makes smaller still. Those for other machines, of which inspect has warned, are
// left alone. The files stay the same files (inode, mode, extended attributes), because owners are
// remembered by them.
func (s *session) strip(ctx context.Context, m *metadata, p output) error {
	if m.option("!strip") || p.arch == "noarch" {
		return nil
	}
	for _, b := range p.elf {
		switch {
		case b.kind != elf.ET_EXEC && b.kind != elf.ET_DYN, b.machine != builder.Machine(s.job.Arch),
			strings.HasPrefix(b.path, "usr/lib/debug/"):
			continue
		case !s.lookPath("strip"):
			if b.symbols {
				s.warn("%s: no strip on this machine, so /%s keeps its symbols and is larger (Debian: binutils)", p.name, b.path)
			}
			continue
		}
		if err := s.stripFile(ctx, filepath.Join(p.dir, filepath.FromSlash(b.path))); err != nil {
			return fmt.Errorf("package %s: strip /%s: %w; say `build: {strip_binary: false}` to keep the symbols", p.name, b.path, err)
		}
	}
	return nil
}

func (s *session) stripFile(ctx context.Context, file string) error {
	if err := s.private.RemoveAll(strippedFile); err != nil {
		return err
	}
	if err := s.run(ctx, ".", "strip", "-o", s.path(strippedFile), s.box.Inside(file)); err != nil {
		return err
	}
	in, err := s.private.Open(strippedFile)
	if err != nil {
		return err
	}
	return errors.Join(overwrite(file, in), in.Close())
}

// overwrite puts the content of in into file, which keeps its mode.
func overwrite(file string, in io.Reader) error {
	info, err := os.Lstat(file)
	if err != nil {
		return err
	}
	const ownerWrites = 0o200
	if err := os.Chmod(file, info.Mode()|ownerWrites); err != nil {
		return err
	}
	out, err := os.OpenFile(file, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	// Writing takes away the set-user-ID bit.
	return errors.Join(err, out.Close(), os.Chmod(file, info.Mode()))
}
