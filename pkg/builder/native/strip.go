package native

import (
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io"
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
		if err := s.stripFile(ctx, p, b.path); err != nil {
			return fmt.Errorf("package %s: strip /%s: %w; set `build: {strip_binary: false}` to keep the symbols", p.name, b.path, err)
		}
	}
	return nil
}

// stripFile gives strip a copy, in the sandbox, and puts what it makes into the file.
func (s *session) stripFile(ctx context.Context, p output, name string) error {
	if err := errors.Join(s.copyToStrip(p, name), s.emptyFile(strippedFile)); err != nil {
		return err
	}
	if err := s.run(ctx, ".", "strip", "-o", s.path(strippedFile), s.path(unstrippedFile)); err != nil {
		return err
	}
	in, err := s.private.Open(strippedFile)
	if err != nil {
		return err
	}
	err = p.tree.Overwrite(name, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
	return errors.Join(err, in.Close(), s.private.Remove(strippedFile), s.private.Remove(unstrippedFile))
}

// copyToStrip copies the file to where the build's user reads it.
func (s *session) copyToStrip(p output, name string) error {
	in, err := p.tree.Open(name)
	if err != nil {
		return err
	}
	out, err := s.private.Renew(unstrippedFile, everybodyReads)
	if err != nil {
		return errors.Join(err, in.Close())
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close(), in.Close())
}
