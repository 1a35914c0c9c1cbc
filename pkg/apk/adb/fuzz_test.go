package adb

import (
	"bytes"
	"testing"
)

// FuzzFile reads a Packages.adb. What is read is no larger than allowed, is signed by no key of ours, and written again it
// is read back the same.
func FuzzFile(f *testing.F) {
	values := []byte("\x00\x00\x00\x00\x08\x00\x00\xe0\x02\x00\x00\x00\x05\x00\x00\x10")
	var good, plain bytes.Buffer
	if err := Write(&good, schema, values, keyA()); err != nil {
		f.Fatal(err)
	}
	plain.WriteString("ADB.indx")
	if err := writeBlock(&plain, blockADB, values); err != nil {
		f.Fatal(err)
	}
	f.Add(good.Bytes())
	f.Add(plain.Bytes())
	f.Add([]byte("ADBc\x01\x09"))
	f.Fuzz(func(t *testing.T, content []byte) {
		const limit = 1 << 20
		file, err := Read(bytes.NewReader(content), schema, limit)
		if err != nil {
			return
		}
		if len(file.Block) > limit {
			t.Errorf("%d bytes", len(file.Block))
		}
		if _, err := Read(bytes.NewReader(content), schema, limit, keyB().Public()); err == nil {
			t.Error("it is signed by a key that has signed nothing")
		}
		var written bytes.Buffer
		if err := Write(&written, schema, file.Block, keyB()); err != nil {
			t.Fatal(err)
		}
		again, err := Read(&written, schema, 2*limit, keyB().Public())
		if err != nil || again.Digest != file.Digest {
			t.Errorf("%v, or another block came back", err)
		}
		walk(file.Block)
	})
}

// walk follows values, some of which may lead in a circle.
func walk(b Block) {
	todo := []Value{b.Root()}
	for n := 0; n < len(todo) && n < 1000; n++ {
		b.Int(todo[n])
		b.Blob(todo[n])
		slots := b.Slots(todo[n])
		for i := range min(slots.Len(), 10) {
			todo = append(todo, slots.At(i+1))
		}
	}
}
