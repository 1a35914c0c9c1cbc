package native

import (
	"encoding/hex"
	"strings"
	"testing"
)

// The values are what setcap writes: struct vfs_cap_data of revision 2.
func TestCapabilities(t *testing.T) {
	for text, want := range map[string]string{
		"cap_net_bind_service=+ep":       "0100000200040000000000000000000000000000",
		"cap_net_raw,cap_net_admin+eip":  "0100000200300000003000000000000000000000",
		"cap_setuid=p":                   "0000000280000000000000000000000000000000",
		"cap_bpf=ep":                     "0100000200000000000000008000000000000000",
		"all=ep cap_chown-ep":            "01000002feffffff00000000ff01000000000000",
		"cap_setuid=p cap_setuid=":       "",
		"=":                              "",
		"cap_setuid=eip cap_setuid-ei+i": "0000000280000000800000000000000000000000",
		"cap_checkpoint_restore=p =":     "",
		"cap_setuid=ep cap_setgid=p-p+i": "0100000280000000400000000000000000000000",
	} {
		c, err := parseCapabilities(text)
		if got := hex.EncodeToString([]byte(c.attribute())); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", text, got, err, want)
		}
	}
	for text, want := range map[string]string{"cap_fly=ep": `"cap_fly" is not a Linux capability`, "cap_chown": "has no =",
		"cap_chown+x": `"x" is not one of e, i and p`} {
		if _, err := parseCapabilities(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// Without the option a package has no capabilities, and what is no list of them is refused.
func TestSetcapIsAsked(t *testing.T) {
	const install = "package() { install -Dm750 /dev/null \"$pkgdir\"/usr/bin/demo; %; }\n"
	for body, want := range map[string]string{
		strings.ReplaceAll(install, "%",
			`setcap cap_chown=ep "$pkgdir"/usr/bin/demo`): `options="setcap"`,
		"options=setcap\n" + strings.ReplaceAll(install, "%", `setcap "cap_fly=ep" "$pkgdir"/usr/bin/demo`):               `"cap_fly"`,
		"options=setcap\n" + strings.ReplaceAll(install, "%", `setcap cap_chown=ep "$pkgdir"/usr/bin/none`):               "exit code 1",
		"options=setcap\n" + strings.ReplaceAll(install, "%", `setcap 'cap_chown|root|root' "$pkgdir"/usr/bin/demo`):      "exit code 1",
		"options=setcap\n" + strings.ReplaceAll(install, "%", `setcap -n 1000 cap_chown=ep "$pkgdir"/usr/bin/demo`):       "exit code 1",
		"options=setcap\n" + strings.ReplaceAll(install, "%", `setcap -q cap_chown=ep "$pkgdir"/usr/bin/demo; setcap -r`): "exit code 1",
	} {
		if _, log, err := build(t, body, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s\n%s", body, err, want, log)
		}
	}
}
