package builder

import (
	"context"
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestFindAccount(t *testing.T) {
	a, err := FindAccount("", "no-such-user-here", "nobody")
	if os.Geteuid() != 0 {
		if a != nil || err != nil {
			t.Errorf("%v, %v: who is not root stays who he is", a, err)
		}
		return
	}
	if _, lookup := user.Lookup("nobody"); lookup != nil {
		t.Skip("needs a user nobody")
	}
	if err != nil || a == nil || a.UID == 0 {
		t.Fatalf("%+v, %v", a, err)
	}
	if c := a.Credential(); c.Uid != a.UID || c.Gid != a.GID || c.Groups == nil || len(c.Groups) != 0 {
		t.Errorf("%+v", c)
	}
	if _, err := FindAccount("no-such-user-here"); err == nil || !strings.Contains(err.Error(), `no user "no-such-user-here"`) {
		t.Errorf("%v", err)
	}
	if _, err := FindAccount("root"); err == nil || !strings.Contains(err.Error(), "uid 0") {
		t.Errorf("%v", err)
	}
}

func TestNoAccountIsThisUser(t *testing.T) {
	var a *Account
	if a.Credential() != nil || a.Own("/no/such/place") != nil || a.Reach(context.Background(), "/no/such/place") != nil ||
		a.OwnFile(nil) != nil {
		t.Error("a nil account does something")
	}
}

func ownerOf(t *testing.T, path string) uint32 {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		t.Skip("needs Unix owners")
	}
	return st.Uid
}

func TestOwnAndReach(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
	a := &Account{UID: 65534, GID: 65534}
	dir := t.TempDir()
	inner := filepath.Join(dir, "a/b")
	outside := filepath.Join(t.TempDir(), "outside")
	if err := os.MkdirAll(inner, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(outside, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(inner, "link")); err != nil {
		t.Fatal(err)
	}
	if err := a.Own("", filepath.Join(dir, "a")); err != nil {
		t.Fatal(err)
	}
	if ownerOf(t, inner) != a.UID || ownerOf(t, filepath.Join(inner, "link")) != a.UID || ownerOf(t, outside) != 0 {
		t.Error("the account owns too little or too much")
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := a.Reach(context.Background(), inner); err == nil || !strings.Contains(err.Error(), "is closed") {
		t.Errorf("%v", err)
	}
	if err := a.Own(filepath.Join(dir, "missing")); err == nil {
		t.Error("a missing directory is no error")
	}
}
