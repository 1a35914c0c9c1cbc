package native

import (
	"context"
	"debug/elf"
	"errors"
	"io"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/internal/tree"
)

// binary is an ELF file of a package.
type binary struct {
	path        string // relative to the package's root, with slashes
	kind        elf.Type
	machine     elf.Machine
	interpreter string // dynamic loader of a program; empty for a static one and for a library
	soname      string
	needed      []string
	runpaths    []string // with $ORIGIN resolved, absolute in the package
	textrel     bool     // it wants its code changed when it is loaded
	symbols     bool     // it has something that strip would remove
}

// glibc reports whether the binary runs only with the GNU C library, which Alpine does not have.
func (b *binary) glibc() bool {
	loader := path.Base(b.interpreter)
	if strings.HasPrefix(loader, "ld-linux") || strings.HasPrefix(loader, "ld64.so") {
		return true
	}
	for _, name := range b.needed {
		if strings.HasPrefix(name, "ld-linux") || name == "libc.so.6" {
			return true
		}
	}
	return false
}

// program reports whether the binary is meant to be started.
func (b *binary) program() bool { return b.kind == elf.ET_EXEC || b.interpreter != "" }

// binaries finds the ELF files among the entries, in bytewise order of their paths.
func binaries(ctx context.Context, dir *tree.Dir, entries []tree.Entry) ([]binary, error) {
	cursor := dir.Cursor()
	defer cursor.Close()
	var found []binary
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if !e.Type.IsRegular() {
			continue
		}
		b, err := openBinary(cursor, e.Path)
		if err != nil {
			return nil, err
		}
		if b != nil {
			found = append(found, *b)
		}
	}
	return found, nil
}

// openBinary returns nil for a file that is not ELF.
func openBinary(cursor *tree.Cursor, rel string) (*binary, error) {
	fd, _, err := cursor.Open(rel)
	if err != nil {
		return nil, err
	}
	magic := make([]byte, len(elf.ELFMAG))
	if n, err := unix.Pread(fd, magic, 0); err != nil || n < len(magic) || string(magic) != elf.ELFMAG {
		return nil, errors.Join(err, unix.Close(fd))
	}
	f := os.NewFile(uintptr(fd), rel)
	defer func() { _ = f.Close() }() // only read
	return readBinary(f, rel)
}

// readBinary reads an ELF file. One that only begins like it, cut or damaged, or that names more than anybody should read, has
// a machine and nothing else: abuild too takes it for compiled.
func readBinary(file io.ReaderAt, rel string) (*binary, error) {
	f := builder.NewRation(file)
	e, broken := elf.NewFile(f)
	if broken != nil {
		return damaged(file, rel)
	}
	b := &binary{path: rel, kind: e.Type, machine: e.Machine}
	// What a truncated or odd file does not tell stays empty.
	b.needed, _ = e.ImportedLibraries()
	if names, _ := e.DynString(elf.DT_SONAME); len(names) > 0 {
		b.soname = names[0]
	}
	flags, _ := e.DynValue(elf.DT_FLAGS)
	marks, _ := e.DynValue(elf.DT_TEXTREL)
	b.textrel = len(marks) > 0 || len(flags) > 0 && elf.DynFlag(flags[0])&elf.DF_TEXTREL != 0
	for _, tag := range []elf.DynTag{elf.DT_RPATH, elf.DT_RUNPATH} {
		lists, _ := e.DynString(tag)
		b.runpaths = append(b.runpaths, resolveOrigin(lists, rel)...)
	}
	for _, p := range e.Progs {
		if p.Type == elf.PT_INTERP {
			loader, _ := io.ReadAll(io.LimitReader(p.Open(), 4096))
			b.interpreter = strings.TrimRight(string(loader), "\x00")
		}
	}
	for _, s := range e.Sections {
		b.symbols = b.symbols || s.Type == elf.SHT_SYMTAB || strings.HasPrefix(s.Name, ".debug_")
	}
	if f.Exhausted() {
		return nil, builder.Refuse("/%s: its tables of names and libraries are larger than %d MiB", rel, builder.MaxELF>>20)
	}
	return b, nil
}

// damaged reads the first fields of the header alone; nil where not even they are there.
func damaged(f io.ReaderAt, rel string) (*binary, error) {
	head := make([]byte, 20) // up to e_machine
	if n, err := f.ReadAt(head, 0); n < len(head) {
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return nil, err
	}
	return &binary{path: rel, machine: builder.MachineOf(head)}, nil
}

// resolveOrigin splits run paths and puts the binary's own directory in place of $ORIGIN.
func resolveOrigin(lists []string, rel string) []string {
	origin := path.Join("/", path.Dir(rel))
	var dirs []string
	for _, list := range lists {
		for dir := range strings.SplitSeq(list, ":") {
			dir = strings.NewReplacer("$ORIGIN", origin, "${ORIGIN}", origin).Replace(dir)
			if strings.HasPrefix(dir, "/") {
				dirs = append(dirs, path.Clean(dir))
			}
		}
	}
	return dirs
}
