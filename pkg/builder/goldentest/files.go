package goldentest

import (
	"archive/tar"
	"bufio"
	"encoding/base64"
	"encoding/json"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

// File is what two builders must agree on of an entry of the data.
type File struct {
	Path, Type, Mode, Uname, Gname, Linkname string
	UID, GID                                 int
	Size                                     int64
	Mtime                                    int64
	Pax                                      map[string]string
}

// forget drops what follows the tools and not the builder.
func (c Case) forget(f *File) {
	for _, record := range []string{"ctime", "atime", "path", "linkpath"} { // the reader has used the last two
		delete(f.Pax, record)
	}
	if f.Type == "2" && len(f.Linkname) > 100 {
		delete(f.Pax, "APK-TOOLS.checksum.SHA1") // abuild hashes only the first 100 bytes, which apk audit complains of
	}
	zipped := strings.HasSuffix(f.Path, ".gz") && f.Type == "0"
	if zipped || c.compiled && f.Type == "0" {
		f.Size = 0
		delete(f.Pax, "APK-TOOLS.checksum.SHA1")
	}
}

func (c Case) wantFiles(t *testing.T, name string) []File {
	t.Helper()
	var files []File
	lines := bufio.NewScanner(strings.NewReader(c.read(t, name)))
	lines.Buffer(nil, 1<<20)
	lines.Scan() // about the whole
	for lines.Scan() {
		var e struct {
			Path, Type, Mode, Uname, Gname, Linkname string
			UID, GID                                 int
			Size, Mtime                              int64
			Pax                                      [][2]string
		}
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		pax := map[string]string{}
		for _, r := range e.Pax {
			pax[r[0]] = r[1]
		}
		entry := File{e.Path, e.Type, strings.TrimLeft(e.Mode, "0"), e.Uname, e.Gname, e.Linkname, e.UID, e.GID, e.Size, e.Mtime, pax}
		c.forget(&entry)
		files = append(files, entry)
	}
	return files
}

// gotFiles returns the entries of a package, as far as they are compared.
func (c Case) gotFiles(t *testing.T, name string) []File {
	t.Helper()
	files := Files(t, name)
	for i := range files {
		c.forget(&files[i])
	}
	return files
}

// Files returns the entries of a package, in their order.
func Files(t *testing.T, name string) []File {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	var files []File
	_, err = apk.Files(f, func(h *tar.Header, _ io.Reader) error {
		pax := map[string]string{}
		for k, v := range h.PAXRecords {
			switch {
			case strings.HasPrefix(k, "APK-TOOLS."):
				pax[k] = v
			case strings.HasPrefix(k, "SCHILY.xattr."):
				pax[k] = base64.StdEncoding.EncodeToString([]byte(v))
			}
		}
		files = append(files, File{h.Name, string(h.Typeflag), strings.TrimLeft(formatMode(h.Mode), "0"), h.Uname, h.Gname, h.Linkname,
			h.Uid, h.Gid, h.Size, h.ModTime.Unix(), pax})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func formatMode(mode int64) string {
	const octal = "01234567"
	var digits []byte
	for ; mode > 0; mode >>= 3 {
		digits = append([]byte{octal[mode&7]}, digits...)
	}
	return string(digits)
}
