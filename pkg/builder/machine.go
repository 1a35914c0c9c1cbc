package builder

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
	"strings"
)

// machines are the ELF machines of Alpine's architectures.
var machines = map[string]elf.Machine{
	"x86_64": elf.EM_X86_64, "x86": elf.EM_386, "aarch64": elf.EM_AARCH64, "armhf": elf.EM_ARM, "armv7": elf.EM_ARM,
	"ppc64le": elf.EM_PPC64, "riscv64": elf.EM_RISCV, "s390x": elf.EM_S390, "loongarch64": elf.EM_LOONGARCH,
}

// Machine returns the ELF machine of an architecture.
func Machine(arch string) elf.Machine { return machines[arch] }

// ForeignProgram reads the beginning of a file, HeadBytes of it or all, and tells the machine that it
// is a program for, where that is not the architecture's. Libraries do not count: one among the
// application's files is often one of several, for other machines.
func ForeignProgram(head []byte, arch string) (elf.Machine, bool) {
	if len(head) < 20 || !bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return 0, false
	}
	order, machine := orderOf(head), MachineOf(head)
	program := elf.Type(order.Uint16(head[16:])) == elf.ET_EXEC || hasLoader(head, order)
	return machine, program && machine != machines[arch]
}

// MachineOf reads the machine from an ELF header, of which 20 bytes are enough.
func MachineOf(head []byte) elf.Machine { return elf.Machine(orderOf(head).Uint16(head[18:])) }

func orderOf(head []byte) binary.ByteOrder {
	if elf.Data(head[elf.EI_DATA]) == elf.ELFDATA2MSB {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// HeadBytes is how much of a file ForeignProgram reads: the program headers stand in it.
const HeadBytes = 4096

// hasLoader reports whether a program header names a loader (PT_INTERP): the file is meant to be started.
func hasLoader(head []byte, order binary.ByteOrder) bool {
	const at32, at64 = 28, 32 // of e_phoff; e_phentsize and e_phnum stand 14 and 16, or 22 and 24, bytes behind it
	var start, size, count int
	switch elf.Class(head[elf.EI_CLASS]) {
	case elf.ELFCLASS32:
		if len(head) < 52 {
			return false
		}
		start, size, count = int(order.Uint32(head[at32:])), int(order.Uint16(head[42:])), int(order.Uint16(head[44:]))
	case elf.ELFCLASS64:
		if len(head) < 64 {
			return false
		}
		offset := order.Uint64(head[at64:])
		if offset > HeadBytes {
			return false
		}
		start, size, count = int(offset), int(order.Uint16(head[54:])), int(order.Uint16(head[56:]))
	}
	for ; count > 0 && size > 0 && start >= 0 && start+4 <= len(head); count, start = count-1, start+size {
		if elf.ProgType(order.Uint32(head[start:])) == elf.PT_INTERP {
			return true
		}
	}
	return false
}

// ForeignText explains a program for another machine.
func ForeignText(machine elf.Machine, arch string) string {
	return "is compiled for " + machine.String() + ", and the package is for " + arch +
		": build on a machine of that architecture, or tell the compiler"
}

// Ration is a file of which no more than so many bytes are read: a sparse file has tables of any size.
type Ration struct {
	io.ReaderAt
	left int64
}

// MaxELF is how many bytes of an ELF file are read for what it says of itself.
const MaxELF = 256 << 20

// NewRation returns r with MaxELF bytes to read.
func NewRation(r io.ReaderAt) *Ration { return &Ration{r, MaxELF} }

// ReadAt reads, as long as something is left.
func (r *Ration) ReadAt(p []byte, offset int64) (int, error) {
	if r.left -= int64(len(p)); r.left < 0 {
		return 0, errors.New("it names too much")
	}
	return r.ReaderAt.ReadAt(p, offset)
}

// Exhausted reports whether more was asked for than there was.
func (r *Ration) Exhausted() bool { return r.left < 0 }

// Linked returns the name that a shared library has for itself, empty where it has none, and the libraries that a file needs.
func Linked(r io.ReaderAt) (soname string, needed []string) {
	e, err := elf.NewFile(NewRation(r))
	if err != nil {
		return "", nil
	}
	names, _ := e.DynString(elf.DT_SONAME) // a file without a dynamic section has none
	needed, _ = e.ImportedLibraries()
	return strings.Join(names, ""), needed
}
