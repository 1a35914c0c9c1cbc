package deflate

import (
	"bytes"
	"fmt"
	"hash/crc32"
	"runtime"

	kpflate "github.com/klauspost/compress/flate"

	"github.com/pakman/build/pkg/apk/internal/flate"
)

// A Level is how much time is spent for how few bytes.
type Level int

// The levels, from the fastest to the smallest.
const (
	Quick Level = iota
	Fast
	Balanced
	Smallest
)

// The engine's levels at Quick and Fast.
const quickLevel, fastLevel = 3, 5

// deflate is one worker. Its engine, up to 20 megabytes, is made when there is work for it.
func (z *Writer) deflate() {
	var encode func(*block) error
	for b := z.work.take(); b != nil; b = z.work.take() {
		if encode == nil {
			encode, b.err = z.level.engine()
		}
		if b.err == nil {
			b.err = encode(b)
		}
		b.ready <- struct{}{}
		runtime.Gosched() // whoever reads and writes has little to do, and keeps the workers busy
	}
}

// engine makes what encodes blocks, one at a time.
func (l Level) engine() (func(*block) error, error) {
	switch l {
	case Quick:
		return stream(quickLevel)
	case Fast:
		return stream(fastLevel)
	case Balanced:
		return whole(flate.NewEncoder(flate.Balanced)), nil
	case Smallest:
		return whole(flate.NewEncoder(flate.Smallest)), nil
	}
	return nil, fmt.Errorf("there is no level %d of compression", l)
}

func whole(e *flate.Encoder) func(*block) error {
	return func(b *block) error {
		b.out = e.Encode(b.out[:0], b.in, b.dict, b.last)
		return nil
	}
}

func stream(level int) (func(*block) error, error) {
	z, err := kpflate.NewWriter(nil, level)
	return func(b *block) error { return b.stream(z) }, err
}

// stream encodes with an engine made for streams.
func (b *block) stream(z *kpflate.Writer) error {
	out := bytes.NewBuffer(b.out[:0])
	z.ResetDict(out, b.in[:b.dict])
	if _, err := z.Write(b.in[b.dict:]); err != nil {
		return err
	}
	end := z.Flush
	if b.last {
		end = z.Close
	}
	err := end()
	b.out = out.Bytes()
	return err
}

// collect writes the finished blocks in their order. After an error it only empties the queue.
func (z *Writer) collect() {
	defer close(z.done)
	err := z.header()
	for b := range z.order {
		<-b.ready
		if err == nil {
			err = b.err
		}
		if err == nil {
			z.crc = crc32.Update(z.crc, crc32.IEEETable, b.in[b.dict:])
			_, err = z.w.Write(b.out)
		}
		if err != nil {
			z.failed.CompareAndSwap(nil, &err)
		}
		b.err = nil
		z.free <- b
	}
	if err != nil {
		z.failed.CompareAndSwap(nil, &err)
	}
}

// header carries neither name nor time, so that equal input gives equal output.
func (z *Writer) header() error {
	if z.raw {
		return nil
	}
	extra := byte(0)
	if z.level == Smallest {
		extra = 2
	}
	const unix = 3
	_, err := z.w.Write([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, extra, unix})
	return err
}
