package apk

import (
	"context"
	"fmt"
	"iter"
	"sync"

	"github.com/pakman/build/pkg/apk/internal/deflate"
)

// The most that a stretch holds: bytes of content, and entries.
const (
	stretchSize    = 256 << 10
	stretchEntries = 64
)

// A stretch is a part of the archive that is made at once: some entries with their contents, or one file that is larger,
// whose content is copied from the file when the stretch is written.
type stretch struct {
	entries []entry
	text    []byte
	large   *largeFile
	err     error
}

// texts are for stretches to come.
var texts = sync.Pool{New: func() any {
	text := make([]byte, 0, stretchSize+stretchEntries<<11) // headers, too
	return &text
}}

// stretches cuts the tree, and adds up what is in it.
func (p *packer) stretches(ctx context.Context) iter.Seq[*stretch] {
	return func(yield func(*stretch) bool) {
		for entries, err := range walk(ctx, p.tree) {
			if err != nil {
				yield(&stretch{err: err})
				return
			}
			p.entries += len(entries)
			for len(entries) > 0 {
				n, size := cut(entries)
				p.size += size
				if !yield(&stretch{entries: entries[:n]}) {
					return
				}
				entries = entries[n:]
			}
		}
	}
}

// cut returns how many of the entries the next stretch has, and the size of their contents.
func cut(entries []entry) (n int, size int64) {
	for n < len(entries) && n < stretchEntries {
		more := entries[n].contentSize()
		if n > 0 && size+more > stretchSize {
			break
		}
		n, size = n+1, size+more
	}
	return n, size
}

// make makes the stretch.
func (p *packer) make(ctx context.Context, s *stretch) {
	if s.err != nil {
		return
	}
	if text, ok := texts.Get().(*[]byte); ok { // it always is
		s.text = (*text)[:0]
	}
	cursor := p.tree.Dir.Cursor()
	defer cursor.Close()
	for i := range s.entries {
		e := &s.entries[i]
		if s.err = ctx.Err(); s.err != nil {
			return
		}
		if err := p.add(ctx, s, e, cursor); err != nil {
			s.err = fmt.Errorf("/%s: %w", e.path, err)
			return
		}
	}
}

// write writes the stretch.
func (s *stretch) write(ctx context.Context, z *deflate.Writer) error {
	if s.err != nil {
		return s.err
	}
	if s.large == nil {
		_, err := z.Write(s.text)
		return err
	}
	if err := s.large.write(ctx, z, s.text); err != nil {
		return fmt.Errorf("/%s: %w", s.entries[0].path, err)
	}
	return nil
}

func (s *stretch) close() {
	if s.large != nil {
		_ = s.large.Close() // only read
	}
	texts.Put(&s.text)
}
