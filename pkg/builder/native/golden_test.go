package native

import (
	"archive/tar"
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/builder"
)

// epoch is the SOURCE_DATE_EPOCH that the goldens were recorded with.
const epoch = 1700000000

// Each directory of testdata/goldens is a build directory and what abuild 3.16 made of it. The
// native builder makes the same packages, or refuses the same directories.
func TestGoldens(t *testing.T) {
	cases, err := filepath.Glob("testdata/goldens/*/build")
	if err != nil || len(cases) < 20 {
		t.Fatalf("%d cases, %v", len(cases), err)
	}
	for _, dir := range cases {
		golden := filepath.Dir(dir)
		t.Run(filepath.Base(golden), func(t *testing.T) {
			t.Parallel()
			needs(t, golden)
			j, log := goldenJob(t, golden)
			files, err := Builder{}.Build(context.Background(), j)
			// For another architecture abuild makes nothing and calls that success.
			if read(t, filepath.Join(golden, "expected/rc")) != "0" || read(t, filepath.Join(golden, "expected/packages")) == "" {
				wantRefused(t, err, files, log.String())
				return
			}
			if err != nil {
				t.Fatalf("%v\n%s", err, log)
			}
			comparePackages(t, golden, files)
		})
	}
}

// needs skips a case whose tools are missing.
func needs(t *testing.T, golden string) {
	t.Helper()
	list, err := os.ReadFile(filepath.Join(golden, "NEEDS"))
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	for tool := range strings.FieldsSeq(string(list)) {
		if tool == "cc" {
			tool = "musl-gcc" // the machine's own compiler links to the GNU C library, which is refused
		}
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("needs %s", tool)
		}
	}
}

func goldenJob(t *testing.T, golden string) (builder.Job, *bytes.Buffer) {
	t.Helper()
	work := t.TempDir()
	for p := work; len(p) > len(os.TempDir()); p = filepath.Dir(p) {
		if err := os.Chmod(p, 0o755); err != nil { // the build's user passes through
			t.Fatal(err)
		}
	}
	name := pkgname(t, golden)
	j := builder.Job{
		Dir: filepath.Join(work, "acme", name), Arch: "x86_64", Output: filepath.Join(work, "out"),
		TempDir: filepath.Join(work, "tmp"), Outer: os.Getenv, Epoch: epoch, Packager: "PAKman Goldens <goldens@example.org>",
	}
	if name == "pedigree" {
		j.Commit = "6f6bd93bdfce834cedb692d8d844e89dd3073758" // what git said where it was recorded
	}
	if cc, err := exec.LookPath("musl-gcc"); err == nil {
		j.Env = map[string]string{"CC": cc}
	}
	for _, dir := range []string{j.Output, j.TempDir} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.CopyFS(j.Dir, os.DirFS(filepath.Join(golden, "build"))); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	j.Log = &log
	return j, &log
}

func pkgname(t *testing.T, golden string) string {
	t.Helper()
	for line := range strings.Lines(read(t, filepath.Join(golden, "build/APKBUILD"))) {
		if name, ok := strings.CutPrefix(line, "pkgname="); ok {
			return strings.Trim(strings.TrimSpace(name), `"'`)
		}
	}
	t.Fatal("no pkgname")
	return ""
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(b))
}

func wantRefused(t *testing.T, err error, files []string, log string) {
	t.Helper()
	var refused *builder.RefusedError
	var failed *builder.CommandError
	if !errors.As(err, &refused) && !errors.As(err, &failed) {
		t.Errorf("abuild refuses this; native made %v, error %v\n%s", files, err, log)
	}
}

func comparePackages(t *testing.T, golden string, files []string) {
	t.Helper()
	var want, got []string
	for line := range strings.FieldsSeq(read(t, filepath.Join(golden, "expected/packages"))) {
		want = append(want, filepath.Base(line))
	}
	for _, f := range files {
		got = append(got, filepath.Base(f))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("packages (-abuild +native):\n%s", diff)
	}
	_, compiled := os.Stat(filepath.Join(golden, "NEEDS"))
	for _, f := range files {
		name := filepath.Join(golden, "expected", strings.TrimSuffix(filepath.Base(f), ".apk"))
		infoWant, infoGot := fields(read(t, name+".PKGINFO"), compiled == nil), fields(pkginfo(t, f), compiled == nil)
		if diff := cmp.Diff(infoWant, infoGot); diff != "" {
			t.Errorf("%s .PKGINFO (-abuild +native):\n%s", filepath.Base(f), diff)
		}
		if diff := cmp.Diff(wantFiles(t, name+".files", compiled == nil), gotFiles(t, f, compiled == nil)); diff != "" {
			t.Errorf("%s files (-abuild +native):\n%s", filepath.Base(f), diff)
		}
	}
}

// pkginfo gives the text of .PKGINFO.
func pkginfo(t *testing.T, file string) string {
	t.Helper()
	out, err := exec.Command("tar", "-xzOf", file, ".PKGINFO").Output()
	if len(out) == 0 {
		t.Fatal(err)
	}
	return string(out)
}

// fields are the lines of .PKGINFO that two builders must agree on, by key: apk reads the fields of
// one key in their order and does not see how keys are mixed.
func fields(text string, compiled bool) []string {
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		volatile := strings.HasPrefix(line, "#") || strings.HasPrefix(line, "datahash") || compiled && strings.HasPrefix(line, "size")
		if !volatile && line != "" {
			lines = append(lines, line)
		}
	}
	slices.SortStableFunc(lines, func(a, b string) int {
		keyA, _, _ := strings.Cut(a, " =")
		keyB, _, _ := strings.Cut(b, " =")
		return strings.Compare(keyA, keyB)
	})
	return lines
}

// file is what two builders must agree on of an entry of the data.
type file struct {
	Path, Type, Mode, Uname, Gname, Linkname string
	UID, GID                                 int
	Size                                     int64
	Mtime                                    int64
	Pax                                      map[string]string
}

func (f *file) forget(compiled bool) {
	for _, record := range []string{"ctime", "atime", "path", "linkpath"} { // the reader has used the last two
		delete(f.Pax, record)
	}
	if f.Type == "2" && len(f.Linkname) > 100 {
		delete(f.Pax, "APK-TOOLS.checksum.SHA1") // abuild hashes only the first 100 bytes, which apk audit complains of
	}
	zipped := strings.HasSuffix(f.Path, ".gz") && f.Type == "0"
	if zipped || compiled && f.Type == "0" {
		f.Size = 0
		delete(f.Pax, "APK-TOOLS.checksum.SHA1")
	}
}

func wantFiles(t *testing.T, name string, compiled bool) []file {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	var files []file
	lines := bufio.NewScanner(f)
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
		entry := file{e.Path, e.Type, strings.TrimLeft(e.Mode, "0"), e.Uname, e.Gname, e.Linkname, e.UID, e.GID, e.Size, e.Mtime, pax}
		entry.forget(compiled)
		files = append(files, entry)
	}
	return files
}

func gotFiles(t *testing.T, name string, compiled bool) []file {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }() // only read
	var files []file
	_, err = apk.Files(f, func(h *tar.Header, _ io.Reader) error {
		pax := map[string]string{}
		for k, v := range h.PAXRecords {
			if strings.HasPrefix(k, "APK-TOOLS.") || strings.HasPrefix(k, "SCHILY.xattr") {
				pax[k] = v
			}
		}
		entry := file{h.Name, string(h.Typeflag), strings.TrimLeft(formatMode(h.Mode), "0"), h.Uname, h.Gname, h.Linkname, h.Uid, h.Gid, h.Size, h.ModTime.Unix(), pax}
		entry.forget(compiled)
		files = append(files, entry)
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
