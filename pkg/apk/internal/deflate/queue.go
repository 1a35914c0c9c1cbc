package deflate

import "sync"

// A queue gives the workers the block that is written first, which need not be the one that came first.
type queue struct {
	lock   sync.Mutex
	more   sync.Cond
	blocks []*block // by number, the first last
	closed bool
}

func newQueue() *queue {
	q := &queue{}
	q.more.L = &q.lock
	return q
}

func (q *queue) put(b *block) {
	q.lock.Lock()
	defer q.lock.Unlock()
	i := len(q.blocks)
	q.blocks = append(q.blocks, b)
	for ; i > 0 && q.blocks[i-1].number < b.number; i-- {
		q.blocks[i] = q.blocks[i-1]
	}
	q.blocks[i] = b
	q.more.Signal()
}

// take waits for a block. Nil: there will be none any more.
func (q *queue) take() *block {
	q.lock.Lock()
	defer q.lock.Unlock()
	for len(q.blocks) == 0 {
		if q.closed {
			return nil
		}
		q.more.Wait()
	}
	last := len(q.blocks) - 1
	b := q.blocks[last]
	q.blocks = q.blocks[:last]
	return b
}

func (q *queue) close() {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.closed = true
	q.more.Broadcast()
}
