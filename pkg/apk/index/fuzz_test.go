package index

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// FuzzText reads the text of an index. What is read can become no path that leads away, and written again it is read back
// the same.
func FuzzText(f *testing.F) {
	f.Add([]byte("C:Q1x\nP:a\nV:1-r0\nA:x86_64\nS:1\nI:2\nT:text\nU:u\nL:MIT\nD:b c>1\np:d\ni:e f\nk:3\n\nP:b\nV:2\nc:\nt:5\n\n"))
	f.Add([]byte("P:a\nV:1\nD:a\u00a0b  c\nD:d\nT:\x1b[31m\u202e\n\n\n\nP:a\r\nV:1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		x := &Index{}
		if err := x.readText(bytes.NewReader(text), int64(len(text))); err != nil {
			if len(err.Error()) > 1000 || strings.ContainsAny(err.Error(), "\x1b\u202e\x00") {
				t.Errorf("%.300q", err)
			}
			return
		}
		for _, e := range x.Entries {
			if strings.ContainsAny(e.Filename()+e.Arch, "/\\\x00\n\r\x1b \u202e\u200b") || e.FileSize < 0 || e.Size < 0 {
				t.Errorf("dangerous: %+v", e)
			}
		}
		x.sort()
		var written bytes.Buffer
		if err := x.text(&written); err != nil {
			return // such as a NUL or a lone carriage return, which nobody has written
		}
		y := &Index{}
		if err := y.readText(bytes.NewReader(written.Bytes()), int64(written.Len())); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, y, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-in +out):\n%s", diff)
		}
	})
}

// FuzzArchive reads an APKINDEX.tar.gz, its signers, and what is written of it.
func FuzzArchive(f *testing.F) {
	t := &testing.T{}
	good := wrap(t, [2]string{"DESCRIPTION", "x"}, [2]string{"APKINDEX", "P:a\nV:1\nS:2\n\n"})
	f.Add(good)
	f.Add(append(wrap(t, [2]string{".SIGN.RSA256.a.rsa.pub", "x"}), good...))
	key := keyA()
	f.Fuzz(func(t *testing.T, content []byte) {
		x, err := Read(bytes.NewReader(content))
		if _, errSigners := Signers(bytes.NewReader(content)); err == nil && errSigners != nil {
			t.Errorf("Read reads it, and Signers does not: %v", errSigners)
		}
		if err != nil {
			return
		}
		if _, err := Read(bytes.NewReader(content), key.Public()); err == nil {
			t.Error("it is signed by a key that has signed nothing")
		}
		var written bytes.Buffer
		if err := x.Write(&written, key); err != nil {
			return
		}
		y, err := Read(&written, key.Public())
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, y, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("(-in +out):\n%s", diff)
		}
	})
}
