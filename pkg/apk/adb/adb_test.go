package adb

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pakman/build/pkg/apk"
)

const schema = Index

// Two keys for all tests; small ones, because making them takes time.
var (
	keyA = sync.OnceValue(func() *apk.PrivateKey { return newKey("acme-a.rsa") })
	keyB = sync.OnceValue(func() *apk.PrivateKey { return newKey("acme-b.rsa") })
)

func newKey(name string) *apk.PrivateKey {
	secret, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(secret)}
	key, err := apk.ParsePrivateKey(name, pem.EncodeToMemory(block))
	if err != nil {
		panic(err)
	}
	return key
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sample has a value of each type.
func sample(t *testing.T) Block {
	t.Helper()
	b := NewBuilder(0, 0)
	block, err := b.Block(b.Object(
		b.Int(7), b.Int(1<<28), b.Int(1<<40), Null, b.Blob("short"), b.Blob(strings.Repeat("x", 300)),
		b.Blob(strings.Repeat("y", 70_000)), b.Array(b.Blob("short"), b.Blob("other")), b.Blob(""), b.Array(),
	))
	must(t, err)
	return block
}

func TestValues(t *testing.T) {
	b := sample(t)
	root := b.Slots(b.Root())
	if root.Len() != 8 {
		t.Errorf("%d fields, want 8: the empty ones at the end are left out", root.Len())
	}
	for n, want := range map[int]uint64{1: 7, 2: 1 << 28, 3: 1 << 40, 4: 0, 5: 0, 99: 0} {
		if got := b.Int(root.At(n)); got != want {
			t.Errorf("field %d: %d, want %d", n, got, want)
		}
	}
	for n, want := range map[int]string{0: "", 1: "", 4: "", 5: "short", 6: strings.Repeat("x", 300), 7: strings.Repeat("y", 70_000),
		8: ""} {
		if got := string(b.Blob(root.At(n))); got != want {
			t.Errorf("field %d: %.20q, want %.20q", n, got, want)
		}
	}
	list := b.Slots(root.At(8))
	if list.Len() != 2 || list.At(1) != root.At(5) {
		t.Errorf("a list of %d, whose first is at %x, not at %x: equal values stand once", list.Len(), list.At(1), root.At(5))
	}
}

// Many values make the table of what is there grow.
func TestEqualValuesStandOnce(t *testing.T) {
	b := NewBuilder(0, 0)
	var first []Value
	for round := range 2 {
		for i := range 5000 {
			v := b.Int(1<<30 + uint64(i))
			if round == 0 {
				first = append(first, v)
			} else if v != first[i] {
				t.Fatalf("value %d stands at %x and at %x", i, first[i], v)
			}
		}
	}
}

func TestFile(t *testing.T) {
	block := sample(t)
	var file bytes.Buffer
	must(t, Write(&file, schema, block, keyA(), keyB()))
	for _, keys := range [][]*apk.PublicKey{{keyA().Public()}, {keyB().Public()}, {keyA().Public(), keyB().Public()}} {
		got, err := Read(bytes.NewReader(file.Bytes()), schema, 1<<20, keys...)
		must(t, err)
		if !bytes.Equal(got.Block, block) || !slices.Equal(got.Signers, keys) || got.Digest != block.Digest() {
			t.Errorf("%d bytes, signers %v", len(got.Block), got.Signers)
		}
	}
	if _, err := Read(bytes.NewReader(file.Bytes()), schema, 1<<20); err != nil {
		t.Errorf("without keys: %v", err)
	}
	if err := Write(io.Discard, schema, block); err == nil {
		t.Error("it was written unsigned")
	}
	var plain bytes.Buffer
	must(t, write(&plain, schema, block, []*apk.PrivateKey{keyA()}))
	if got, err := Read(&plain, schema, 1<<20, keyA().Public()); err != nil || !bytes.Equal(got.Block, block) {
		t.Errorf("without compression: %+v, error %v", got, err)
	}
}

func TestReadRefuses(t *testing.T) {
	block := sample(t)
	var file, forged bytes.Buffer
	must(t, write(&file, schema, block, []*apk.PrivateKey{keyA()}))
	good := file.Bytes()
	changed := bytes.Clone(good)
	changed[20]++
	must(t, write(&forged, schema, block, nil))
	for name, c := range map[string]struct {
		content []byte
		schema  uint32
		key     *apk.PrivateKey
		want    string
	}{
		"nothing":      {nil, schema, keyA(), "cut off"},
		"gzip":         {[]byte("\x1f\x8b\x08\x00\x00\x00\x00"), schema, keyA(), "an apk 3 file"},
		"zstd":         {[]byte("ADBc\x02\x00rest"), schema, keyA(), "an apk 3 file"},
		"other schema": {good, 1, keyA(), "schema"},
		"other key":    {good, schema, keyB(), "any of our keys"},
		"unsigned":     {forged.Bytes(), schema, keyA(), "any of our keys"},
		"changed":      {changed, schema, keyA(), "any of our keys"},
		"cut":          {good[:len(block)/2], schema, keyA(), "no block of values"},
		"cut later":    {good[:len(good)-200], schema, keyA(), "no block of a signature"},
		"no size":      {append(bytes.Clone(good[:8]), 0, 0, 0, 0), schema, keyA(), "no block of values"},
	} {
		if _, err := Read(bytes.NewReader(c.content), c.schema, 1<<20, c.key.Public()); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v does not tell %q", name, err, c.want)
		}
	}
	var deflated bytes.Buffer
	must(t, Write(&deflated, schema, block, keyA()))
	if _, err := Read(&deflated, schema, 1000, keyA().Public()); err == nil {
		t.Error("more was inflated than allowed")
	}
}

// FuzzBlock wants that no block, however made, leads out of itself.
func FuzzBlock(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x00\x08\x00\x00\xe0\x02\x00\x00\x00\x05\x00\x00\x10"))
	f.Fuzz(func(_ *testing.T, content []byte) { walk(content) })
}

// Each bound has an error that names it.
func TestReadBounds(t *testing.T) {
	file := func(blocks ...[]byte) []byte {
		text := append([]byte("ADB."), 0x69, 0x6e, 0x64, 0x78)
		var b bytes.Buffer
		_, _ = b.Write(text)
		for i, content := range blocks {
			if err := writeBlock(&b, uint32(min(i, 1)), content); err != nil {
				t.Fatal(err)
			}
		}
		return b.Bytes()
	}
	values := make([]byte, headerSize)
	many := [][]byte{values}
	for range maxSigners + 1 {
		many = append(many, make([]byte, 100))
	}
	announced := binary.LittleEndian.AppendUint32(file(values), 1<<30|maxBlock)
	for name, c := range map[string]struct {
		text []byte
		want string
	}{
		"longer than the limit":    {file(make([]byte, 1<<20)), "longer than the 64 KiB that are allowed"},
		"signatures":               {file(many...), "more than the 64 signatures"},
		"a signature":              {file(values, make([]byte, maxSignature)), "at most 65536 are allowed"},
		"an announced signature":   {announced, "at most 65536 are allowed"},
		"an announced block alone": {binary.LittleEndian.AppendUint32(file(), maxBlock), "cut off"},
	} {
		limit := int64(64 << 10)
		if name != "longer than the limit" {
			limit = 1 << 20
		}
		_, err := Read(bytes.NewReader(c.text), Index, limit)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}
