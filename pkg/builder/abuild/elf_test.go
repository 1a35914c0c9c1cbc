package abuild

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

// library is an ELF file with that name for itself, which needs the others.
func library(t *testing.T, soname string, needed ...string) string {
	t.Helper()
	names := []byte{0}
	var dynamic []uint64
	name := func(tag elf.DynTag, text string) {
		dynamic = append(dynamic, uint64(tag), uint64(len(names))) //#nosec G115 -- small
		names = append(append(names, text...), 0)
	}
	name(elf.DT_SONAME, soname)
	for _, n := range needed {
		name(elf.DT_NEEDED, n)
	}
	dynamic = append(dynamic, 0, 0)
	const header, section = 64, 64
	size := uint64(len(dynamic) * 8)
	table := header + size + uint64(len(names))
	parts := []any{
		elf.Header64{
			Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), 1}, Type: uint16(elf.ET_DYN),
			Machine: uint16(elf.EM_X86_64), Version: 1, Shoff: table, Ehsize: header, Shentsize: section, Shnum: 3, Shstrndx: 2,
		},
		dynamic, names, elf.Section64{},
		elf.Section64{Type: uint32(elf.SHT_DYNAMIC), Off: header, Size: size, Link: 2, Entsize: 16},
		elf.Section64{Type: uint32(elf.SHT_STRTAB), Off: header + size, Size: uint64(len(names))},
	}
	var file bytes.Buffer
	for _, part := range parts {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			t.Fatal(err)
		}
	}
	return file.String()
}
