package adb

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/maphash"
)

// errTooLarge is that a place does not fit into 28 bits.
var errTooLarge = errors.New("more than 256 MiB of values, the maximum of the format")

// Builder makes a block. Equal values are stored once.
type Builder struct {
	data  []byte
	seed  maphash.Seed
	table []slot // open addressing; a power of two, at most three quarters full
	used  int
}

// slot is where a value is stored. No value stands at 0.
type slot struct{ hash, at uint32 }

// NewBuilder makes a block that is expected to have about so many bytes and different values.
func NewBuilder(size, values int) *Builder {
	slots := 1024
	for slots < 4*values/3 {
		slots *= 2
	}
	b := &Builder{
		data:  make([]byte, headerSize, size+headerSize),
		seed:  maphash.MakeSeed(),
		table: make([]slot, slots),
	}
	clear(b.table) // a page of fresh memory that is read before it is written costs the system twice
	return b
}

// Int adds a number and returns its value.
func (b *Builder) Int(n uint64) Value {
	if n <= uint64(valueMask) {
		return typeInt | Value(n)
	}
	end, at := b.align(4)
	if n <= 0xffffffff {
		b.data = binary.LittleEndian.AppendUint32(b.data, uint32(n))
		return typeInt32 | b.intern(end, at, 4)
	}
	b.data = binary.LittleEndian.AppendUint64(b.data, n)
	return typeInt64 | b.intern(end, at, 4)
}

// Blob adds text or any bytes, and returns their value; Null if there are none.
func (b *Builder) Blob(s string) Value {
	n := len(s)
	switch {
	case n == 0:
		return Null
	case n <= 0xff:
		end, at := b.align(1)
		b.data = append(append(b.data, byte(n)), s...)
		return typeBlob8 | b.intern(end, at, 1)
	case n <= 0xffff:
		end, at := b.align(2)
		b.data = append(binary.LittleEndian.AppendUint16(b.data, uint16(n)), s...)
		return typeBlob16 | b.intern(end, at, 2)
	}
	end, at := b.align(4)
	b.data = append(binary.LittleEndian.AppendUint32(b.data, uint32(n)), s...)
	return typeBlob32 | b.intern(end, at, 4)
}

// Object adds an object of numbered fields, of which the first is number 1. It returns Null if all fields are Null.
func (b *Builder) Object(fields ...Value) Value { return b.slots(typeObject, fields) }

// Array adds a list and returns its value; Null if it is empty.
func (b *Builder) Array(items ...Value) Value { return b.slots(typeArray, items) }

func (b *Builder) slots(kind Value, values []Value) Value {
	for len(values) > 0 && values[len(values)-1] == Null {
		values = values[:len(values)-1]
	}
	if len(values) == 0 {
		return Null
	}
	end, at := b.align(4)
	b.data = binary.LittleEndian.AppendUint32(b.data, uint32(len(values)+1))
	for _, v := range values {
		b.data = binary.LittleEndian.AppendUint32(b.data, uint32(v))
	}
	return kind | b.intern(end, at, 4)
}

// Block returns the finished block with its root.
func (b *Builder) Block(root Value) (Block, error) {
	if len(b.data) > int(valueMask) {
		return nil, errTooLarge
	}
	binary.LittleEndian.PutUint32(b.data[rootAt:], uint32(root))
	return b.data, nil
}

// align pads the block, and returns its length before and after.
func (b *Builder) align(n int) (end, at int) {
	end = len(b.data)
	for len(b.data)%n != 0 {
		b.data = append(b.data, 0)
	}
	return end, len(b.data)
}

// intern returns the place of the bytes from at on. When they stand elsewhere already, well aligned, they are
// taken back, and the block ends at end again.
func (b *Builder) intern(end, at, alignment int) Value {
	item := b.data[at:]
	hash := uint32(maphash.Bytes(b.seed, item))
	mask := len(b.table) - 1
	i := int(hash) & mask
	for ; b.table[i].at != 0; i = (i + 1) & mask {
		found := int(b.table[i].at)
		if b.table[i].hash == hash && found%alignment == 0 && bytes.HasPrefix(b.data[found:at], item) {
			b.data = b.data[:end]
			return Value(found)
		}
	}
	b.table[i] = slot{hash: hash, at: uint32(at)}
	if b.used++; b.used*4 > len(b.table)*3 {
		b.grow()
	}
	return Value(at) & valueMask // Block refuses what does not fit
}

func (b *Builder) grow() {
	old := b.table
	b.table = make([]slot, 2*len(old))
	mask := len(b.table) - 1
	for _, s := range old {
		if s.at == 0 {
			continue
		}
		i := int(s.hash) & mask
		for b.table[i].at != 0 {
			i = (i + 1) & mask
		}
		b.table[i] = s
	}
}
