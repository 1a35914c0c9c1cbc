package repository

import (
	"errors"
	"io"
)

// firstPart holds the signatures and the control member of most packages.
const firstPart = 8 << 10

// parts reads an object from its beginning in parts, each four times as long as the one before, so that little of a
// large one is asked for when its front is enough.
type parts struct {
	get  func(offset, length int64) (io.ReadCloser, error)
	size int64 // of the object
	at   int64
	end  int64 // of the present part
	body io.ReadCloser
	err  error // of the store
}

func (p *parts) Read(b []byte) (int, error) {
	for p.err == nil {
		if p.at == p.end {
			if p.at == p.size {
				return 0, io.EOF
			}
			p.open()
			continue
		}
		n, err := p.body.Read(b[:min(int64(len(b)), p.end-p.at)])
		p.at += int64(n)
		if errors.Is(err, io.EOF) && p.at < p.end {
			p.err = io.ErrUnexpectedEOF
		} else if err != nil && !errors.Is(err, io.EOF) {
			p.err = err
		}
		if n > 0 {
			return n, nil
		}
	}
	return 0, p.err
}

// open begins the next part.
func (p *parts) open() {
	if p.err = p.close(); p.err != nil {
		return
	}
	length := max(firstPart, 3*p.at)
	p.end = min(p.at+length, p.size)
	p.body, p.err = p.get(p.at, p.end-p.at)
}

func (p *parts) close() error {
	if p.body == nil {
		return nil
	}
	body := p.body
	p.body = nil
	return body.Close()
}
