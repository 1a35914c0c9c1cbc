// Package deflate writes one gzip member (RFC 1952) with several processors. The input is cut
// into blocks of a fixed size that are deflated side by side, each with the 32 KiB before it as
// dictionary, and joined by sync flushes; so the bytes depend on the input and the level, never on
// the number of processors.
package deflate

import (
	"encoding/binary"
	"io"
	"slices"
	"sync/atomic"

	"github.com/pakman/build/pkg/apk/internal/flate"
)

const (
	blockSize = flate.Most - window // with the dictionary it is what an encoder takes
	window    = 32 << 10            // how far deflate looks back
	small     = 64 << 10            // an input that is longer gets room for a whole block at once

	mostAhead   = Ahead/blockSize + 3
	mostWorkers = 16 // bounds the memory: to about 300 MB at the smallest level
)

// A Writer compresses what it is given. Either Close or Abort must end it.
type Writer struct {
	w     io.Writer
	level Level
	raw   bool   // RFC 1951 alone, without gzip's header and trailer
	crc   uint32 // of the blocks that are written
	size  uint32 // of the input, modulo 2^32, as the trailer has it

	block  *block // being filled
	hole   hole
	usual  int         // number of blocks, where there is no hole
	blocks int         // that there are besides the first
	free   chan *block // bounds the memory: whoever wants a block waits for one
	work   *queue      // to the workers
	order  chan *block // to the collector, in the order of the input
	done   chan struct{}
	failed atomic.Pointer[error]
}

// A block is a part of the input on its way to the output.
type block struct {
	number     int    // in the order of the input
	in         []byte // dictionary, then data
	dict       int    // length of the dictionary
	last       bool
	incomplete bool // there is a hole in it
	out        []byte
	err        error
	ready      chan struct{}
}

// newBlock makes a block that gets its room when it is filled, which the first one does: most inputs are small.
func newBlock() *block { return &block{ready: make(chan struct{}, 1)} }

// makeBlocks makes what is missing of so many blocks. They come at once, with room for all of their input and most
// likely for their output, which bothers the garbage collector little.
func (z *Writer) makeBlocks(n int) {
	const in, size = flate.Most + flate.Slack, flate.Most + flate.Slack + blockSize/2
	memory := make([]byte, max(0, n-z.blocks)*size)
	for ; len(memory) > 0; memory = memory[size:] {
		b := newBlock()
		b.in, b.out = memory[:0:in], memory[in:in:size]
		z.free <- b
		z.blocks++
	}
}

// NewWriter writes a gzip member to w, with that many workers.
func NewWriter(w io.Writer, level Level, workers int) *Writer {
	return newWriter(w, level, workers, false)
}

// NewRawWriter writes what a gzip member holds between its header and trailer (RFC 1951).
func NewRawWriter(w io.Writer, level Level, workers int) *Writer {
	return newWriter(w, level, workers, true)
}

func newWriter(w io.Writer, level Level, workers int, raw bool) *Writer {
	workers = min(max(workers, 1), mostWorkers)
	usual := 2*workers + 1
	z := &Writer{
		w: w, level: level, raw: raw,
		block: newBlock(), usual: usual,
		free:  make(chan *block, usual+mostAhead+1),
		work:  newQueue(),
		order: make(chan *block, usual+mostAhead+1),
		done:  make(chan struct{}),
	}
	for range workers {
		go z.deflate()
	}
	go z.collect()
	return z
}

// Write adds p to the input. An error of the underlying writer may show at a later call.
func (z *Writer) Write(p []byte) (int, error) {
	for rest := p; len(rest) > 0; {
		room, err := z.room()
		if err != nil {
			return len(p) - len(rest), err
		}
		n := min(room, len(rest))
		if n := len(z.block.in) + n; n > cap(z.block.in) && n > small {
			z.block.in = slices.Grow(z.block.in, flate.Most+flate.Slack-len(z.block.in))
		}
		z.block.in = append(z.block.in, rest[:n]...)
		rest = rest[n:]
	}
	z.size += uint32(len(p))
	return len(p), nil
}

// room returns how many bytes the block that is being filled can take, one at least.
func (z *Writer) room() (int, error) {
	if room := z.block.dict + blockSize - len(z.block.in); room > 0 {
		return room, nil
	}
	if err := z.err(); err != nil {
		return 0, err
	}
	return blockSize, z.next()
}

// next sends the full block on its way and begins another with its end as dictionary.
func (z *Writer) next() error {
	z.makeBlocks(z.usual)
	fresh, err := z.take()
	if err != nil {
		return err
	}
	full := z.block
	tail := max(0, len(full.in)-window)
	fresh.in = append(fresh.in[:0], full.in[tail:]...)
	fresh.dict, fresh.number = len(fresh.in), full.number+1
	z.hole.repeat(full, tail, fresh)
	z.block = fresh
	z.submit(full)
	return nil
}

func (z *Writer) submit(b *block) {
	z.order <- b
	if b.incomplete {
		z.hole.waiting = append(z.hole.waiting, b)
		return
	}
	z.work.put(b)
}

// Close writes what is left and the trailer. It does not close the underlying writer.
func (z *Writer) Close() error {
	if z.hole.open() {
		z.Abort()
		return errHole
	}
	z.block.last = true
	z.submit(z.block)
	z.end()
	if err := z.err(); err != nil || z.raw {
		return err
	}
	trailer := binary.LittleEndian.AppendUint32(nil, z.crc)
	trailer = binary.LittleEndian.AppendUint32(trailer, z.size)
	_, err := z.w.Write(trailer)
	return err
}

// Abort gives up: it returns when nothing writes to the underlying writer any more.
func (z *Writer) Abort() { z.end() }

func (z *Writer) end() {
	z.release() // after an error
	z.work.close()
	close(z.order)
	<-z.done
}

func (z *Writer) err() error {
	if err := z.failed.Load(); err != nil {
		return *err
	}
	return nil
}
