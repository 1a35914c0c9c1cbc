package store

import (
	"fmt"
	"io"
	"time"
)

// Bounds of what is read from a store: a hostile or broken one must not keep the program at work forever.
const (
	// MaxListing is how many objects one listing may have.
	MaxListing = 2_000_000
	// MaxObject is how many bytes of an object are read at most to identify its content.
	MaxObject = 8 << 30
	// MinSpeed is the lowest mean speed of a body in bytes per second, which counts from SlowStart on.
	MinSpeed  = 1 << 10
	SlowStart = 2 * time.Minute
)

// TooMany returns the error of a listing with more than MaxListing objects.
func TooMany(url string) error {
	return &Problem{What: fmt.Sprintf("%s has more than %d objects, more than PAKman lists", url, MaxListing),
		Hint: "name the release and the repository, or give a bucket or a prefix that holds nothing else"}
}

// Paced returns r, which fails when it is slower than MinSpeed. Only the time that its reads take counts.
func Paced(r io.ReadCloser) io.ReadCloser { return &paced{ReadCloser: r, now: time.Now} }

type paced struct {
	io.ReadCloser
	now  func() time.Time
	n    int64
	took time.Duration
}

func (p *paced) Read(b []byte) (int, error) {
	begun := p.now()
	n, err := p.ReadCloser.Read(b)
	p.took += p.now().Sub(begun)
	p.n += int64(n)
	if err == nil && p.took > SlowStart && float64(p.n) < MinSpeed*p.took.Seconds() {
		return n, fmt.Errorf("the server sends less than %d bytes per second (%d bytes in %s)", MinSpeed, p.n, p.took.Round(time.Second))
	}
	return n, err
}
