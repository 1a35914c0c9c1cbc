package native

import (
	"context"
	"errors"
	"maps"

	"github.com/pakman/build/pkg/builder"
)

// Describe reads what the APKBUILD in j.Dir says of itself: its variables by name. Nothing is built;
// what stands outside functions is run as a build would run it. An APKBUILD that cannot be read is a
// *builder.RefusedError.
func (b Builder) Describe(ctx context.Context, j builder.Job) (map[string]string, error) {
	s, err := newSession(ctx, j, b.User)
	if err != nil {
		return nil, err
	}
	m, err := s.load(ctx)
	if err := errors.Join(err, s.close()); err != nil {
		return nil, err
	}
	return maps.Clone(m.vars), nil
}
