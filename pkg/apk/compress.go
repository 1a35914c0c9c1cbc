package apk

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"

	"github.com/pakman/build/pkg/apk/internal/deflate"
)

// A Compression is how much time is spent for how few bytes; bench/README.md has the measurements.
type Compression string

// The kinds of compression. Create uses Balanced unless it is told another.
const (
	Fast     Compression = "fast"
	Balanced Compression = "balanced"
	Small    Compression = "small"
)

// Compressions returns all compressions.
func Compressions() []Compression { return []Compression{Fast, Balanced, Small} }

// Check refuses what is not among them.
func (c Compression) Check() error {
	if slices.Contains(Compressions(), c) {
		return nil
	}
	return fmt.Errorf("unknown compression %q; allowed are %s, %s and %s", c, Fast, Balanced, Small)
}

// level returns the level of the deflate package.
func (c Compression) level() (deflate.Level, error) {
	switch c {
	case Fast:
		return deflate.Fast, nil
	case Balanced:
		return deflate.Balanced, nil
	case Small:
		return deflate.Smallest, nil
	}
	return 0, c.Check()
}

// An Option changes how a package is packed.
type Option func(*options)

type options struct {
	compression Compression
	workers     int
}

func newOptions(opts []Option) options {
	o := options{compression: Balanced, workers: runtime.GOMAXPROCS(0)}
	for _, opt := range opts {
		opt(&o)
	}
	return o
}

// Compress sets the compression; empty is the default.
func Compress(c Compression) Option {
	return func(o *options) { o.compression = cmp.Or(c, Balanced) }
}
