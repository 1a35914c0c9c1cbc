// Package deflate writes one gzip member (RFC 1952) with several processors. The input is cut
// into blocks of a fixed size that are deflated side by side, each with the 32 KiB before it as
// dictionary, and joined by sync flushes; so the bytes depend on the input and the level, never on
// the number of processors.
package deflate

import (
	"encoding/binary"
	"hash/crc32"
	"io"
	"slices"
	"sync/atomic"

	"github.com/pakman/build/pkg/apk/internal/flate"
)

const (
	blockSize = flate.Most - window // with the dictionary it is what an encoder takes
	window    = 32 << 10            // how far deflate looks back
	small     = 64 << 10            // an input that is longer gets room for a whole block at once

	mostWorkers = 16 // bounds the memory: to about 300 MB at the smallest level
)

// A Writer compresses what it is given. Either Close or Abort must end it.
type Writer struct {
	w     io.Writer
	level Level
	raw   bool // RFC 1951 alone, without gzip's header and trailer
	crc   uint32
	size  uint32 // of the input, modulo 2^32, as the trailer has it

	block  *block      // being filled
	free   chan *block // bounds the memory: whoever wants a block waits for one
	work   chan *block // to the workers
	order  chan *block // to the collector, in the order of the input
	done   chan struct{}
	failed atomic.Pointer[error]
}

// A block is a part of the input on its way to the output.
type block struct {
	in    []byte // dictionary, then data
	dict  int    // length of the dictionary
	last  bool
	out   []byte
	err   error
	ready chan struct{}
}

func newBlock() *block { return &block{ready: make(chan struct{}, 1)} }

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
	blocks := 2*workers + 1
	z := &Writer{
		w: w, level: level, raw: raw,
		free:  make(chan *block, blocks),
		work:  make(chan *block, blocks),
		order: make(chan *block, blocks),
		done:  make(chan struct{}),
	}
	for range blocks - 1 {
		z.free <- newBlock()
	}
	z.block = newBlock()
	for range workers {
		go z.deflate()
	}
	go z.collect()
	return z
}

// Write adds p to the input. An error of the underlying writer may show at a later call.
func (z *Writer) Write(p []byte) (int, error) {
	n := len(p)
	if !z.raw {
		z.crc = crc32.Update(z.crc, crc32.IEEETable, p)
		z.size += uint32(n)
	}
	for len(p) > 0 {
		room := z.block.dict + blockSize - len(z.block.in)
		if room == 0 {
			if err := z.err(); err != nil {
				return n - len(p), err
			}
			z.next()
			continue
		}
		take := min(room, len(p))
		if n := len(z.block.in) + take; n > cap(z.block.in) && n > small {
			z.block.in = slices.Grow(z.block.in, flate.Most+flate.Slack-len(z.block.in))
		}
		z.block.in = append(z.block.in, p[:take]...)
		p = p[take:]
	}
	return n, nil
}

// next sends the full block on its way and begins another with its end as dictionary.
func (z *Writer) next() {
	full, fresh := z.block, <-z.free
	tail := full.in[max(0, len(full.in)-window):]
	if fresh.in == nil {
		fresh.in = make([]byte, 0, flate.Most+flate.Slack)
	}
	fresh.in = append(fresh.in[:0], tail...)
	fresh.dict = len(fresh.in)
	z.block = fresh
	z.submit(full)
}

func (z *Writer) submit(b *block) {
	z.order <- b
	z.work <- b
}

// Close writes what is left and the trailer. It does not close the underlying writer.
func (z *Writer) Close() error {
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
	close(z.work)
	close(z.order)
	<-z.done
}

func (z *Writer) err() error {
	if err := z.failed.Load(); err != nil {
		return *err
	}
	return nil
}
