package programs

import (
	"bytes"
	"debug/elf"
	"strings"
)

// start is what the kernel reads at the beginning of an executable file.
type start struct {
	elf         bool
	machine     elf.Machine
	interpreter string // the program's loader, or the script's interpreter; empty: none
	argument    string // the one that a script gives to its interpreter
	script      bool   // it begins with #!
	mark        bool   // a byte order mark hides the #!
}

// byteOrderMark is what some editors of Windows begin a text with.
const byteOrderMark = "\xef\xbb\xbf"

// newStart reads the beginning of a file.
func newStart(head []byte) *start {
	switch {
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return elfStart(head)
	case bytes.HasPrefix(head, []byte("#!")):
		line, _, _ := strings.Cut(string(head[len("#!"):]), "\n")
		line = strings.TrimLeft(line, " \t")
		s := &start{script: true, interpreter: line}
		if i := strings.IndexAny(line, " \t"); i >= 0 {
			s.interpreter, s.argument = line[:i], strings.TrimLeft(line[i:], " \t")
		}
		return s
	}
	return &start{mark: bytes.HasPrefix(head, []byte(byteOrderMark+"#!"))}
}

// elfStart reads the header of a compiled program, and its loader where that stands in the head.
func elfStart(head []byte) *start {
	s := &start{elf: true}
	file, err := elf.NewFile(bytes.NewReader(withoutSections(head)))
	if err != nil {
		return s
	}
	s.machine = file.Machine
	for _, p := range file.Progs {
		if p.Type != elf.PT_INTERP || p.Filesz == 0 || p.Off > uint64(len(head)) || p.Filesz > uint64(len(head))-p.Off {
			continue
		}
		s.interpreter = string(bytes.TrimRight(head[p.Off:p.Off+p.Filesz], "\x00"))
	}
	return s
}

// withoutSections returns the head without the place of the section headers, which stand at the file's end.
func withoutSections(head []byte) []byte {
	const class, offset32, counts32, offset64, counts64 = elf.EI_CLASS, 32, 48, 40, 60
	head = bytes.Clone(head)
	switch {
	case len(head) > counts64+4 && elf.Class(head[class]) == elf.ELFCLASS64:
		clear(head[offset64 : offset64+8])
		clear(head[counts64 : counts64+4])
	case len(head) > counts32+4 && elf.Class(head[class]) == elf.ELFCLASS32:
		clear(head[offset32 : offset32+4])
		clear(head[counts32 : counts32+4])
	}
	return head
}
