package native

import (
	endian "encoding/binary" // binary is an ELF file here
	"slices"
	"strings"

	"github.com/pakman/build/pkg/builder"
)

// capabilityNames are Linux's capabilities in the order of their numbers (linux/capability.h).
var capabilityNames = strings.Fields(`cap_chown cap_dac_override cap_dac_read_search cap_fowner cap_fsetid cap_kill cap_setgid
	cap_setuid cap_setpcap cap_linux_immutable cap_net_bind_service cap_net_broadcast cap_net_admin cap_net_raw cap_ipc_lock
	cap_ipc_owner cap_sys_module cap_sys_rawio cap_sys_chroot cap_sys_ptrace cap_sys_pacct cap_sys_admin cap_sys_boot cap_sys_nice
	cap_sys_resource cap_sys_time cap_sys_tty_config cap_mknod cap_lease cap_audit_write cap_audit_control cap_setfcap
	cap_mac_override cap_mac_admin cap_syslog cap_wake_alarm cap_block_suspend cap_audit_read cap_perfmon cap_bpf
	cap_checkpoint_restore`)

// capabilities are a file's sets, one bit for each capability.
type capabilities struct{ effective, inheritable, permitted uint64 }

// parseCapabilities reads the text that setcap takes (cap_from_text(3)): clauses of names, "all" or
// nothing, and of one or more of "=", "+", "-" with some of e, i and p.
func parseCapabilities(text string) (capabilities, error) {
	var c capabilities
	for clause := range strings.FieldsSeq(text) {
		at := strings.IndexAny(clause, "=+-")
		if at < 0 {
			return c, builder.Refuse("setcap %q: %q has no =, + or -, as in cap_net_bind_service=+ep", text, clause)
		}
		which, err := capabilityBits(clause[:at])
		if err != nil {
			return c, err
		}
		for rest := clause[at:]; rest != ""; {
			end := strings.IndexAny(rest[1:]+"=", "=+-") + 1
			if strings.Trim(rest[1:end], "eip") != "" {
				return c, builder.Refuse("setcap %q: %q is not one of e, i and p", text, rest[1:end])
			}
			c.change(rest[0], which, rest[1:end])
			rest = rest[end:]
		}
	}
	return c, nil
}

func capabilityBits(names string) (uint64, error) {
	const all = 1<<41 - 1
	if names == "" || names == "all" {
		return all, nil
	}
	var bits uint64
	for name := range strings.SplitSeq(names, ",") {
		n := slices.Index(capabilityNames, name)
		if n < 0 {
			return 0, builder.Refuse("setcap: %q is not a Linux capability; see capabilities(7)", name)
		}
		bits |= 1 << n
	}
	return bits, nil
}

// change applies one operator: "=" sets exactly the flags, "+" adds and "-" takes away.
func (c *capabilities) change(operator byte, which uint64, flags string) {
	for flag, set := range map[string]*uint64{"e": &c.effective, "i": &c.inheritable, "p": &c.permitted} {
		named := strings.Contains(flags, flag)
		switch {
		case operator == '=' && !named, operator == '-' && named:
			*set &^= which
		case named:
			*set |= which
		}
	}
}

// attribute returns the value of the extended attribute security.capability: struct vfs_cap_data of
// revision 2, little-endian; a file has one effective bit for all. Empty where there are none.
func (c capabilities) attribute() string {
	const revision, effective = 0x02000000, 1
	if c == (capabilities{}) {
		return ""
	}
	magic := uint32(revision)
	if c.effective != 0 {
		magic |= effective
	}
	var b []byte
	for _, word := range []uint32{magic, uint32(c.permitted), uint32(c.inheritable), uint32(c.permitted >> 32),
		uint32(c.inheritable >> 32)} {
		b = endian.LittleEndian.AppendUint32(b, word)
	}
	return string(b)
}
