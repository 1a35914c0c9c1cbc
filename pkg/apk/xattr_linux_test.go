package apk

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

func TestExtendedAttributes(t *testing.T) {
	root := writeTree(t, map[string]string{"srv/a": "a"})
	path := filepath.Join(root, "srv/a")
	// CAP_NET_BIND_SERVICE, effective and permitted (linux/capability.h, revision 2).
	capability := "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	want := map[string]string{"SCHILY.xattr.user.zeta": "z\x00=\n", "SCHILY.xattr.user.alpha": "a"}
	for name, value := range map[string]string{"user.zeta": "z\x00=\n", "user.alpha": "a"} {
		if err := unix.Setxattr(path, name, []byte(value), 0); errors.Is(err, unix.ENOTSUP) {
			t.Skip("the file system of the temporary directory has no extended attributes")
		} else {
			must(t, err)
		}
	}
	if unix.Setxattr(path, "security.capability", []byte(capability), 0) == nil { // as root only
		want["SCHILY.xattr.security.capability"] = capability
	}
	headers, _ := dataEntries(t, create(t, testInfo(), nil, Tree{Root: root}))
	got := headers[1].PAXRecords
	delete(got, checksumRecord)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("records (-want +got):\n%s", diff)
	}
}
