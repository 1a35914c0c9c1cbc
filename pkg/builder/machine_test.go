package builder

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// header is an ELF header with one program header.
func header(t *testing.T, class elf.Class, order binary.ByteOrder, kind elf.Type, machine elf.Machine, segment elf.ProgType) []byte {
	t.Helper()
	data := elf.ELFDATA2LSB
	if order == binary.ByteOrder(binary.BigEndian) {
		data = elf.ELFDATA2MSB
	}
	ident := [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(class), byte(data), 1}
	var file, program any = elf.Header64{Ident: ident, Type: uint16(kind), Machine: uint16(machine), Phoff: 64, Phentsize: 56, Phnum: 1},
		elf.Prog64{Type: uint32(segment)}
	if class == elf.ELFCLASS32 {
		file, program = elf.Header32{Ident: ident, Type: uint16(kind), Machine: uint16(machine), Phoff: 52, Phentsize: 32, Phnum: 1},
			elf.Prog32{Type: uint32(segment)}
	}
	var b bytes.Buffer
	for _, part := range []any{file, program} {
		if err := binary.Write(&b, order, part); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestForeignProgram(t *testing.T) {
	little, big := binary.LittleEndian, binary.BigEndian
	for name, tc := range map[string]struct {
		head []byte
		arch string
		want bool
	}{
		"static":        {header(t, elf.ELFCLASS64, little, elf.ET_EXEC, elf.EM_AARCH64, elf.PT_LOAD), "x86_64", true},
		"own":           {header(t, elf.ELFCLASS64, little, elf.ET_EXEC, elf.EM_AARCH64, elf.PT_LOAD), "aarch64", false},
		"PIE":           {header(t, elf.ELFCLASS64, little, elf.ET_DYN, elf.EM_AARCH64, elf.PT_INTERP), "x86_64", true},
		"library":       {header(t, elf.ELFCLASS64, little, elf.ET_DYN, elf.EM_AARCH64, elf.PT_LOAD), "x86_64", false},
		"32 bits":       {header(t, elf.ELFCLASS32, little, elf.ET_DYN, elf.EM_ARM, elf.PT_INTERP), "x86_64", true},
		"big-endian":    {header(t, elf.ELFCLASS64, big, elf.ET_DYN, elf.EM_S390, elf.PT_INTERP), "x86_64", true},
		"own s390x":     {header(t, elf.ELFCLASS64, big, elf.ET_EXEC, elf.EM_S390, elf.PT_LOAD), "s390x", false},
		"cut":           {header(t, elf.ELFCLASS64, little, elf.ET_DYN, elf.EM_AARCH64, elf.PT_INTERP)[:30], "x86_64", false},
		"script":        {[]byte("#!/bin/sh\nexit 0\n# and so on\n"), "x86_64", false},
		"empty":         {nil, "x86_64", false},
		"no such class": {append([]byte("\x7fELF\x09"), make([]byte, 90)...), "x86_64", false},
	} {
		if _, got := ForeignProgram(tc.head, tc.arch); got != tc.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skip(err)
	}
	if machine, foreign := ForeignProgram(program[:HeadBytes], apk.HostArch()); foreign {
		t.Errorf("this very program is for %s", machine)
	}
	other := map[bool]string{true: "aarch64", false: "x86_64"}[apk.HostArch() == "x86_64"]
	if _, foreign := ForeignProgram(program[:HeadBytes], other); !foreign {
		t.Errorf("this very program would run on %s", other)
	}
}
