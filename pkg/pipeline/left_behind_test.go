package pipeline

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// tree makes files with their own names as content.
func tree(t *testing.T, files ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range files {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(name), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestLeftOut(t *testing.T) {
	checkout := tree(t, "dist/app.js", "dist/.env", "src/a", "keep/.gitkeep", "keep/x", "target/release/app", "top.bin", "ü d/f",
		"empty/.gitkeep")
	copied := tree(t, "src/a", "keep/.gitkeep", "empty/.gitkeep")
	for destination, want := range map[string]string{
		"dist": "dist", "./dist/": "dist", "dist/*": "dist", "dist/*.js": "dist", "dist/.": "dist", "di?t": "dist/.env",
		"dist/app.js": "dist/app.js", "keep": "keep/x", "keep/*": "keep/x", "target/release/app": "target/release/app",
		"*.bin": "top.bin", "ü d/*": "ü d", "[!a]*.bin": "top.bin",
		"src": "", "*": "", ".": "", "empty": "", "empty/*": "", "nothing": "", "dist/*.css": "", "../x": "", "/etc/passwd": "", "[": "",
	} {
		if got := leftOut(checkout, copied, destination); got != want {
			t.Errorf("%s: %q, want %q", destination, got, want)
		}
	}
}

func TestWhyLeftOut(t *testing.T) {
	checkout := tree(t, "dist/a", "own/a", "[x]*/a", "out/a", "b ")
	if err := os.WriteFile(filepath.Join(checkout, ".pakmanignore"), []byte("own/\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"dist": "write !dist/ into .pakmanignore", "dist/a": "write !dist/a into", "[x]*": `write !\[x]\*/ into`, "b ": `write !b\  into`,
		"own": ".pakmanignore leaves it out", "own/a": ".pakmanignore leaves it out", "out": "choose another --output",
	} {
		if got := whyLeftOut(checkout, name, []string{filepath.Join(checkout, "out")}); !strings.Contains(got, want) {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}
