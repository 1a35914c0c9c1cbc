package source

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const pointerText = "version https://git-lfs.github.com/spec/v1\n" +
	"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n"

// notes copies the checkout and returns what was noted, sorted.
func (c *checkout) notes(o CopyOptions) []string {
	c.t.Helper()
	var mu sync.Mutex
	var notes []string
	o.Noted = func(n Note) {
		mu.Lock()
		defer mu.Unlock()
		notes = append(notes, fmt.Sprintf("%d %s", n.Kind, n.Name))
	}
	c.copyOut("", o)
	slices.Sort(notes)
	return notes
}

func TestPointersAreNoted(t *testing.T) {
	c := outside(t)
	c.write(
		"dist/model.bin", pointerText, "old.bin", strings.Replace(pointerText, "git-lfs", "hawser", 1),
		"extended.bin", strings.Replace(pointerText, "oid", "ext-0-foo sha256:00\noid", 1), "left-out.bin", pointerText,
		"long.bin", pointerText+strings.Repeat("x", maxPointer), "quoted.md", "# pointers\n"+pointerText, "short", "version https://",
		"other", "version https://example.com/spec/v1\noid sha256:00\n", "no-oid", "version https://git-lfs.github.com/spec/v1\n", "empty", "",
	)
	want := []string{fmt.Sprint(Pointer, " dist/model.bin"), fmt.Sprint(Pointer, " extended.bin"), fmt.Sprint(Pointer, " old.bin")}
	if diff := cmp.Diff(want, c.notes(CopyOptions{Exclude: []string{"left-out.bin"}})); diff != "" {
		t.Error(diff)
	}
}

func TestUnfetchedSubmodulesAreNoted(t *testing.T) {
	library := newCheckout(t)
	library.write("code.c", "x")
	library.commit()
	c := newCheckout(t)
	for _, name := range []string{"vendor/here", "vendor/absent", "left out", "ä b"} {
		c.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", library.dir, name)
	}
	c.commit()
	for _, name := range []string{"vendor/absent", "left out", "ä b"} {
		c.git("submodule", "--quiet", "deinit", name)
	}
	options := CopyOptions{Exclude: []string{"left out/"}}
	want := []string{fmt.Sprint(Unfetched, " vendor/absent"), fmt.Sprint(Unfetched, " ä b")}
	if diff := cmp.Diff(want, c.notes(options)); diff != "" {
		t.Errorf("in a checkout: %s", diff)
	}
	if err := os.RemoveAll(filepath.Join(c.dir, ".git")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, c.notes(options)); diff != "" {
		t.Errorf("in an archive of it: %s", diff)
	}
}
