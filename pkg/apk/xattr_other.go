//go:build unix && !linux

package apk

import (
	"github.com/pakman/build/pkg/apk/internal/ustar"
	"github.com/pakman/build/pkg/internal/tree"
)

// xattrs returns none: the attributes that Alpine knows exist on Linux only.
func xattrs(*tree.Cursor, string) ([]ustar.Record, error) { return nil, nil }

func (content) xattrs() ([]ustar.Record, error) { return nil, nil }
