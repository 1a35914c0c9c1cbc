package source

import (
	"encoding/base64"
	"encoding/pem"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
)

// The keys in use do not enter a build, under whatever name they lie in the application's directory.
func TestCopyLeavesKeysOut(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"
	other := strings.Replace(key, "MIIE", "AAAA", 1)
	for name, start := range map[string]func(*testing.T) *checkout{"git": newCheckout, "no git": outside} {
		t.Run(name, func(t *testing.T) {
			c := start(t)
			c.write("acme.rsa", key, "acme.rsa.pub", "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----\n", "sub/backup.txt",
				"# mine\n"+key,
				"keys/local.rsa", strings.Replace(key, "MIIE", "BBBB", 1), "env.pem", strings.Replace(key, "MIIE", "CCCC", 1),
				"fixture.pem", other, "main.go", "")
			if err := os.Link(filepath.Join(c.dir, "acme.rsa"), filepath.Join(c.dir, "linked")); err != nil {
				t.Fatal(err)
			}
			var mu sync.Mutex
			var left []string
			_, got := c.copyOut("", CopyOptions{
				Keys: []string{filepath.Join(c.dir, "acme.rsa"), filepath.Join(c.dir, "keys"), filepath.Join(c.dir, "acme.rsa.pub"), "",
					"/nonexistent"},
				KeyTexts: []string{"a password", strings.Replace(key, "MIIE", "CCCC", 1)},
				Noted: func(n Note) {
					mu.Lock()
					defer mu.Unlock()
					left = append(left, n.Name)
				},
			})
			if diff := cmp.Diff([]string{"644 acme.rsa.pub", "644 fixture.pem", "644 main.go"}, got); diff != "" {
				t.Error(diff)
			}
			slices.Sort(left)
			if diff := cmp.Diff([]string{"acme.rsa", "env.pem", "keys/local.rsa", "linked", "sub/backup.txt"}, left); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Holes stay holes, and what no package could hold is refused before it is read.
func TestCopySparse(t *testing.T) {
	c := outside(t)
	c.write("sparse", "begin")
	file := filepath.Join(c.dir, "sparse")
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("end"), 2<<30); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(3 << 30); err != nil {
		t.Fatal(err)
	}
	dst, _ := c.copyOut("", CopyOptions{})
	info, err := os.Stat(filepath.Join(dst, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if st, ok := info.Sys().(*syscall.Stat_t); !ok || info.Size() != 3<<30 || st.Blocks*512 > 1<<20 {
		t.Errorf("%d bytes take %d", info.Size(), st.Blocks*512)
	}
	got := make([]byte, 3)
	copied, err := os.Open(filepath.Join(dst, "sparse"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := copied.ReadAt(got, 2<<30); err != nil || string(got) != "end" {
		t.Errorf("%q, %v", got, err)
	}
	for _, size := range []int64{maxFile + 1, 1 << 42} {
		if err := f.Truncate(size); err != nil {
			t.Skip("this file system has no files of that size")
		}
		err = Copy(t.Context(), filepath.Join(t.TempDir(), "copy"), c.dir, CopyOptions{Getenv: c.getenv})
		if err == nil || !strings.Contains(err.Error(), "sparse: it has ") || !strings.Contains(err.Error(), "8589934591") {
			t.Errorf("%d bytes: error %v", size, err)
		}
	}
}

// A key in use is recognised in another form than that of its file.
func TestCopyLeavesKeysOutInEachForm(t *testing.T) {
	key, err := apk.GenerateKey("acme")
	if err != nil {
		t.Fatal(err)
	}
	block, _ := pem.Decode(key.PEM())
	c := outside(t)
	c.write("acme.der", string(block.Bytes), "env", "KEY="+base64.StdEncoding.EncodeToString(block.Bytes), "main.go", "")
	_, got := c.copyOut("", CopyOptions{KeyTexts: []string{string(key.PEM())}, Noted: func(Note) {}})
	if diff := cmp.Diff([]string{"644 main.go"}, got); diff != "" {
		t.Error(diff)
	}
}
