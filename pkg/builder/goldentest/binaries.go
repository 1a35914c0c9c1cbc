package goldentest

import (
	"archive/tar"
	"bytes"
	"debug/elf"
	"encoding/json"
	"io"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// binary is what two builders must agree on of a compiled file.
type binary struct {
	Path, Type     string
	Soname, Needed []string
	Symtab, Debug  bool
}

// wantBinaries reads the record of the package's compiled files; nil where there is none.
func (c Case) wantBinaries(t *testing.T, name string) []binary {
	t.Helper()
	if !c.has(name) {
		return nil
	}
	var all []binary
	for line := range strings.Lines(c.read(t, name)) {
		var b binary
		if err := json.Unmarshal([]byte(line), &b); err != nil {
			t.Fatal(err)
		}
		all = append(all, b)
	}
	return all
}

// gotBinaries reads the compiled files themselves, when they are wanted.
func gotBinaries(t *testing.T, file string, wanted bool) []binary {
	t.Helper()
	if !wanted {
		return nil
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	var all []binary
	_, err = apk.Files(f, func(h *tar.Header, content io.Reader) error {
		body, err := io.ReadAll(content)
		if err != nil || !bytes.HasPrefix(body, []byte(elf.ELFMAG)) {
			return err
		}
		e, err := elf.NewFile(bytes.NewReader(body))
		if err == nil {
			all = append(all, readBinary(h.Name, e))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func readBinary(path string, e *elf.File) binary {
	b := binary{Path: path, Type: strings.TrimPrefix(e.Type.String(), "ET_")}
	b.Soname, _ = e.DynString(elf.DT_SONAME) // a file without a dynamic section has none
	b.Needed, _ = e.DynString(elf.DT_NEEDED)
	for i, name := range b.Needed {
		if name == "libc.so" { // what musl calls itself outside Alpine
			b.Needed[i] = "libc.musl-" + Arch + ".so.1"
		}
	}
	b.Symtab = e.Section(".symtab") != nil
	b.Debug = slices.ContainsFunc(e.Sections, func(s *elf.Section) bool { return s.Name == ".debug_info" })
	return b
}
