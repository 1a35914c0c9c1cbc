package deflate

import "github.com/klauspost/compress/flate"

// deflate is one worker. Its compressor, about a megabyte, is made when there is work for it.
func (z *Writer) deflate() {
	var engine *flate.Writer
	for b := range z.work {
		if engine == nil {
			engine, b.err = flate.NewWriter(&b.out, z.level)
		}
		if b.err == nil {
			b.err = b.deflate(engine)
		}
		b.ready <- struct{}{}
	}
}

func (b *block) deflate(engine *flate.Writer) error {
	b.out.Reset()
	engine.ResetDict(&b.out, b.in[:b.dict])
	if _, err := engine.Write(b.in[b.dict:]); err != nil {
		return err
	}
	if b.last {
		return engine.Close()
	}
	return engine.Flush()
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
			_, err = z.w.Write(b.out.Bytes())
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
