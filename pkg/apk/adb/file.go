package adb

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"runtime"

	"github.com/klauspost/compress/flate"
	"golang.org/x/sync/errgroup"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/apk/internal/deflate"
	"github.com/pakman/build/pkg/apk/internal/member"
)

// Types of blocks, in the highest two bits of their first word; the others are the size, of that word too.
const (
	blockADB = 0
	blockSig = 1

	maxBlock  = 1<<30 - 1
	alignment = 8
)

// level is a compromise for a file that is written at each publication and fetched by all: the next one takes half as
// long again or more, and makes it by a fortieth smaller, since much of it is hashes.
const level = deflate.Quick

// plausible is the size up to which a block's announcement is believed.
const plausible = 1 << 20

// What may follow the block of values at most.
const (
	maxSigners   = 64
	maxSignature = 64 << 10 // bytes
)

// Write writes a signed file of a block. Equal blocks give equal bytes.
func Write(w io.Writer, schema uint32, block Block, keys ...*apk.PrivateKey) error {
	if len(keys) == 0 {
		return errors.New("no key to sign with")
	}
	if _, err := io.WriteString(w, "ADBd"); err != nil {
		return err
	}
	z := deflate.NewRawWriter(w, level, runtime.GOMAXPROCS(0))
	if err := write(z, schema, block, keys); err != nil {
		z.Abort()
		return err
	}
	return z.Close()
}

func write(w io.Writer, schema uint32, block Block, keys []*apk.PrivateKey) error {
	signatures := make([][]byte, len(keys))
	var group errgroup.Group
	group.Go(func() (err error) { // while the block is deflated
		digest := block.Digest()
		for i, key := range keys {
			if signatures[i], err = sign(key, schema, digest); err != nil {
				return fmt.Errorf("signing with %s: %w", key.Name, err)
			}
		}
		return nil
	})
	header := binary.LittleEndian.AppendUint32([]byte("ADB."), schema)
	_, err := w.Write(header)
	if err == nil {
		err = writeBlock(w, blockADB, block)
	}
	if err := cmp.Or(group.Wait(), err); err != nil {
		return err
	}
	for _, signature := range signatures {
		if err := writeBlock(w, blockSig, signature); err != nil {
			return err
		}
	}
	return nil
}

func writeBlock(w io.Writer, kind uint32, content []byte) error {
	size := 4 + len(content)
	if size > maxBlock {
		return errTooLarge
	}
	head := binary.LittleEndian.AppendUint32(nil, kind<<30|uint32(size))
	for _, part := range [][]byte{head, content, make([]byte, padding(size))} {
		if _, err := w.Write(part); err != nil {
			return err
		}
	}
	return nil
}

func padding(size int) int { return -size & (alignment - 1) }

// File is what Read found.
type File struct {
	Block   Block
	Digest  Digest           // of the block
	Signers []*apk.PublicKey // those of the given keys that have signed it
}

// Read reads a file of that schema, of at most limit bytes when decompressed. With keys, one of them must have signed it.
// Files that zstd compressed are not read.
func Read(r io.Reader, schema uint32, limit int64, keys ...*apk.PublicKey) (*File, error) {
	content, err := inflate(bufio.NewReader(r))
	if err != nil {
		return nil, err
	}
	content = &limited{src: content, left: limit, limit: limit}
	var header [8]byte
	if _, err := io.ReadFull(content, header[:]); err != nil {
		return nil, fmt.Errorf("cut off: %w", err)
	}
	if found := binary.LittleEndian.Uint32(header[4:]); string(header[:4]) != "ADB." || found != schema {
		return nil, fmt.Errorf("not of schema %#x", schema)
	}
	kind, values, err := readBlock(content, maxBlock)
	block := Block(values)
	if err != nil || kind != blockADB || len(block) < headerSize || block[0] != 0 {
		return nil, errors.Join(errors.New("no block of values of a known version"), err)
	}
	f := &File{Block: block, Digest: block.Digest()}
	f.Signers, err = readSigners(content, schema, f.Digest, keys)
	if err == nil && len(keys) > 0 && len(f.Signers) == 0 {
		err = errors.New("it is not signed by any of our keys")
	}
	if err != nil {
		return nil, err
	}
	return f, nil
}

// readSigners returns the keys whose signatures follow.
func readSigners(content io.Reader, schema uint32, digest Digest, keys []*apk.PublicKey) ([]*apk.PublicKey, error) {
	var signers []*apk.PublicKey
	for n := 0; ; n++ {
		kind, signature, err := readBlock(content, maxSignature)
		if errors.Is(err, io.EOF) {
			return signers, nil
		}
		if n == maxSigners {
			return nil, fmt.Errorf("more than the %d signatures that are allowed", maxSigners)
		}
		if err != nil || kind != blockSig {
			return nil, errors.Join(errors.New("no block of a signature"), err)
		}
		if key := signerOf(signature, schema, digest, keys); key != nil {
			signers = append(signers, key)
		}
	}
}

// inflate looks for compression: "ADBd", "ADBc" with a method and a level, or none.
func inflate(r *bufio.Reader) (io.Reader, error) {
	magic, err := r.Peek(6)
	if err != nil {
		return nil, fmt.Errorf("cut off: %w", err)
	}
	const deflated = 1
	switch {
	case string(magic[:4]) == "ADB.":
		return r, nil
	case string(magic[:4]) == "ADBd":
		magic = magic[:4]
	case string(magic[:4]) != "ADBc" || magic[4] != deflated:
		return nil, fmt.Errorf("%q is not the beginning of an apk 3 file that PAKman can read", magic)
	}
	_, err = r.Discard(len(magic))
	return flate.NewReader(r), err
}

// limited reads no more than limit bytes; what is longer is an error that names it.
type limited struct {
	src         io.Reader
	left, limit int64
}

func (l *limited) Read(p []byte) (int, error) {
	if l.left < 0 {
		return 0, l.tooLong()
	}
	if int64(len(p)) > l.left {
		p = p[:l.left+1]
	}
	n, err := l.src.Read(p)
	if l.left -= int64(n); l.left < 0 {
		return n - 1, l.tooLong()
	}
	return n, err
}

func (l *limited) tooLong() error { return &member.LimitError{Limit: l.limit, Inflated: true} }

// readBlock reads a block of at most so many bytes, and its padding. At the end of the file the error is io.EOF.
func readBlock(r io.Reader, most int) (kind uint32, content []byte, err error) {
	var head [4]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, nil, err
	}
	word := binary.LittleEndian.Uint32(head[:])
	size := int(word & maxBlock)
	if size < len(head) {
		return 0, nil, errors.New("a block without a size")
	}
	if size > most {
		return 0, nil, fmt.Errorf("a block of %d bytes, at most %d are allowed", size, most)
	}
	length := size - len(head)
	var b bytes.Buffer
	b.Grow(min(length+alignment+bytes.MinRead, plausible)) // what is announced may not be there
	_, err = io.CopyN(&b, r, int64(length+padding(size)))
	if errors.Is(err, io.EOF) && b.Len() >= length { // the padding at the end is left out
		err = nil
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return 0, nil, fmt.Errorf("cut off: %w", err)
	}
	return word >> 30, b.Bytes()[:length], nil
}
