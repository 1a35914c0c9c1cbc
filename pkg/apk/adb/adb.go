// Package adb reads and writes the binary format of apk 3, in which Packages.adb is kept. A file is a
// header, a block of values, and a block for each signature, deflated together:
//
//	"ADBd", then deflated (RFC 1951):
//	"ADB." schema
//	size (30 bits, type 0)  block of values  padding to 8 bytes
//	size (30 bits, type 1)  signature        padding to 8 bytes  …
//
// A block of values begins with its format's version and the root. Each value is a word: 4 bits of
// type, and 28 bits that are the value itself or the place in the block where it stands. Numbers are
// little-endian. The format is described in apk-v3(5) of apk-tools.
package adb

// Index is the schema of Packages.adb: "indx".
const Index uint32 = 0x78646e69

// A Value is a word of a block.
type Value uint32

// Null is the value of what is not there.
const Null Value = 0

// Types of values, in the highest four bits.
const (
	typeInt    Value = 0x1 << 28
	typeInt32  Value = 0x2 << 28
	typeInt64  Value = 0x3 << 28
	typeBlob8  Value = 0x8 << 28
	typeBlob16 Value = 0x9 << 28
	typeBlob32 Value = 0xa << 28
	typeArray  Value = 0xd << 28
	typeObject Value = 0xe << 28

	typeMask  Value = 0xf << 28
	valueMask Value = 1<<28 - 1
)

const (
	headerSize = 8 // of a block: version, reserved, root
	rootAt     = 4
)
