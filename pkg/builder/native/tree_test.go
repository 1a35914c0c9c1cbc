package native

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/builder/goldentest"
)

// victim is a directory that is not the build's, with files that the builder would read, change or remove.
func victim(t *testing.T) (dir string, before map[string]string) {
	t.Helper()
	dir = openDir(t)
	for name, text := range map[string]string{
		"demo/usr/share/secret": "hunter2", "pkg/demo/usr/share/secret": "hunter2", "config": "token hunter2", "demo/key.la": "hunter2",
		"tool": "",
	} {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"lib", "bin", "share", "empty"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "tool"), program, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir, content(t, dir)
}

// content is all that lies in a directory.
func content(t *testing.T, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		text := info.Mode().String()
		if info.Mode().IsRegular() {
			body, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			text += string(body)
		}
		all[path] = text
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Whatever the build plants in place of its directories, nothing from outside gets into a package, and nothing outside is
// changed or removed: also where this process is root.
func TestNothingOutsideIsReached(t *testing.T) {
	for name, body := range map[string]string{
		"the build directory moves and a link takes its place": "package() {\n" + installDemo +
			"\tmv \"$startdir\" \"$startdir\".away; ln -s VICTIM \"$startdir\"; mkdir -p VICTIM/pkg 2>/dev/null || :\n}\n",
		"the directory above moves": "package() {\n" + installDemo +
			"\tp=\"${startdir%/*}\"; mv \"$p\" \"$p\".away; mkdir -p \"$p\"/demo; ln -s VICTIM \"$p\"/demo/pkg\n}\n",
		"links in place of usr": "options=!tracedeps\npackage() { mkdir -p \"$pkgdir\"; ln -s VICTIM \"$pkgdir\"/usr; }\n",
		"links deeper": "package() { mkdir -p \"$pkgdir\"/usr/share; ln -s VICTIM/demo \"$pkgdir\"/usr/lib; ln -s VICTIM " +
			"\"$pkgdir\"/usr/share/man; ln -s VICTIM \"$pkgdir\"/usr/lib64x; }\n",
		"links to programs": "package() { mkdir -p \"$pkgdir\"/usr/bin; ln -s VICTIM/tool \"$pkgdir\"/usr/bin/tool; ln -s " +
			"VICTIM/config \"$pkgdir\"/usr/bin/config; }\n",
		"pkg-config files": "package() { mkdir -p \"$pkgdir\"/usr/lib; ln -s VICTIM \"$pkgdir\"/usr/lib/pkgconfig; }\n",
		"links to parts of VICTIM": "subpackages=demo-extra\npackage() {\n" + installDemo +
			"}\nextra() { mkdir -p \"$subpkgdir\"; ln -s VICTIM \"$subpkgdir\"/etc; mkdir -p \"$pkgdir\"/var; amove usr/share/demo; }\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir, before := victim(t)
			body := strings.ReplaceAll(body, "VICTIM", dir)
			files, _, err := buildInTime(t, body, func(j *builder.Job) {
				j.Workspace = filepath.Dir(j.TempDir)
				j.Outer = func(string) string { return "" }
			})
			t.Logf("%d packages, error %v", len(files), err)
			for _, file := range files {
				for _, f := range goldentest.Files(t, file) {
					if strings.Contains(f.Path, "secret") || strings.Contains(f.Path, "config") && f.Type == "0" ||
						strings.HasSuffix(f.Path, "key.la") {
						t.Errorf("the package holds %s", f.Path)
					}
				}
				text, err := exec.Command("tar", "-xzOf", file).Output()
				if strings.Contains(string(text), "hunter2") {
					t.Errorf("the package holds a secret (%v)", err)
				}
			}
			if after := content(t, dir); len(after) != len(before) {
				t.Errorf("%d entries outside, %d before", len(after), len(before))
			} else {
				for path, text := range before {
					if after[path] != text {
						t.Errorf("%s changed", path)
					}
				}
			}
		})
	}
}

// What would make the builder wait, or fill its memory, is refused with its name.
func TestHostileFiles(t *testing.T) {
	for name, tc := range map[string]attack{
		"a pipe": {"package() { mkdir -p \"$pkgdir\"/usr/share; mkfifo \"$pkgdir\"/usr/share/pipe; }\n",
			"/usr/share/pipe is a named pipe"},
		"a pipe as a module": {"package() { mkdir -p \"$pkgdir\"/usr/lib/pkgconfig; mkfifo \"$pkgdir\"/usr/lib/pkgconfig/x.pc; }\n",
			"named pipe"},
		"a pipe that is a command": {"package() { mkdir -p \"$pkgdir\"/usr/bin; mkfifo \"$pkgdir\"/usr/bin/x; }\n", "named pipe"},
		"a large module": {"package() { mkdir -p \"$pkgdir\"/usr/lib/pkgconfig; truncate -s 2G " +
			"\"$pkgdir\"/usr/lib/pkgconfig/x.pc; }\n", "x.pc"},
		"a module that grows": {
			"package() { mkdir -p \"$pkgdir\"/usr/lib/pkgconfig; { echo a=xxxxxxxxxxxxxxxx; for i in a b c d e f g h; do for v in 1; do " +
				":; done; done; " +
				"p=a; for v in b c d e f g h i j k l m n o p q r s t u v w x y z; do echo \"$v=\\${$p}\\${$p}\\${$p}\\${$p}\"; p=$v; " +
				"done; } >\"$pkgdir\"/usr/lib/pkgconfig/x.pc; }\n", "x.pc"},
		"a file too large for apk": {"package() { mkdir -p \"$pkgdir\"/usr/share; truncate -s 9G \"$pkgdir\"/usr/share/large; }\n",
			"/usr/share/large has 9663676416 bytes"},
		"a name for two words": {
			"package() { mkdir -p \"$pkgdir\"/usr/lib/pkgconfig; : >\"$pkgdir\"/usr/lib/pkgconfig/'x openssl=9.pc'; }\n",
			"no dependency can name"},
		"too deep": {"package() { mkdir -p \"$pkgdir\"; cd \"$pkgdir\"; i=0; while [ $i -lt 203 ]; do mkdir d; cd d; i=$((i+1)); done; }\n",
			"deep"},
	} {
		t.Run(name, func(t *testing.T) {
			files, log, err := buildInTime(t, tc.body, nil)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, error %v, want %s\n%s", files, err, tc.want, log)
			}
		})
	}
}

// A program that names tables of any size is read within a limit.
func TestSparseProgram(t *testing.T) {
	cc, err := exec.LookPath("musl-gcc")
	if err != nil {
		t.Skip("needs musl-gcc")
	}
	dir := openDir(t)
	source := filepath.Join(dir, "a.c")
	if err := os.WriteFile(source, []byte("int main(void){return 0;}"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(cc, "-o", filepath.Join(dir, "a"), source).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(dir, "a"))
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "hostile")
	if err := os.WriteFile(file, growSections(text), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(file, 64<<30); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	b, err := readBinary(f, "usr/bin/hostile")
	if err == nil && b.interpreter != "" {
		t.Errorf("%+v", b)
	}
}

// growSections makes every section of an x86_64 program 32 GiB large.
func growSections(text []byte) []byte {
	le := func(at, n int) (v uint64) {
		for i := range n {
			v |= uint64(text[at+i]) << (8 * i)
		}
		return v
	}
	start, size, count := int(le(40, 8)), int(le(58, 2)), int(le(60, 2))
	for i := range count {
		at := start + i*size + 32 // sh_size
		for k, b := range []byte{0, 0, 0, 0, 8, 0, 0, 0} {
			text[at+k] = b
		}
	}
	return text
}
