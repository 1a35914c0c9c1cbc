package adb

import "encoding/binary"

// Block is a block of values that need not be well made: what leads out of it reads as not there.
type Block []byte

// Root returns the value that leads to all others.
func (b Block) Root() Value {
	if len(b) < headerSize {
		return Null
	}
	return Value(binary.LittleEndian.Uint32(b[rootAt:]))
}

// Int returns v as a number; 0 if it is none.
func (b Block) Int(v Value) uint64 {
	switch v & typeMask { //nolint:exhaustive // the other types are no numbers
	case typeInt:
		return uint64(v & valueMask)
	case typeInt32:
		if p := b.at(v, 4); p != nil {
			return uint64(binary.LittleEndian.Uint32(p))
		}
	case typeInt64:
		if p := b.at(v, 8); p != nil {
			return binary.LittleEndian.Uint64(p)
		}
	}
	return 0
}

// Blob returns the bytes of v; nil when it has none.
func (b Block) Blob(v Value) []byte {
	var size, n int
	switch v & typeMask {
	case typeBlob8:
		size = 1
	case typeBlob16:
		size = 2
	case typeBlob32:
		size = 4
	default:
		return nil
	}
	p := b.at(v, size)
	for i := range p {
		n |= int(p[i]) << (8 * i)
	}
	if p = b.at(v, size+n); p == nil {
		return nil
	}
	return p[size:]
}

// Slots are the fields of an object, or the items of an array, from number 1 on.
type Slots []byte

// Slots returns the fields or items of v; none when it is neither object nor array.
func (b Block) Slots(v Value) Slots {
	if kind := v & typeMask; kind != typeObject && kind != typeArray {
		return nil
	}
	p := b.at(v, 4)
	if p == nil {
		return nil
	}
	n := int(binary.LittleEndian.Uint32(p))
	if p = b.at(v, 4*n); n < 1 || p == nil {
		return nil
	}
	return Slots(p[4:])
}

// Len returns the number of slots.
func (s Slots) Len() int { return len(s) / 4 }

// At returns the value of slot n, counted from 1; Null if there is none.
func (s Slots) At(n int) Value {
	if n < 1 || n > s.Len() {
		return Null
	}
	return Value(binary.LittleEndian.Uint32(s[4*(n-1):]))
}

// at returns the size bytes where v stands, or nil.
func (b Block) at(v Value, size int) []byte {
	from := int(v & valueMask)
	if size < 0 || size > len(b)-from {
		return nil
	}
	return b[from : from+size]
}
