//go:build unix && !linux

package apk

import (
	"syscall"

	"github.com/pakman/build/pkg/apk/internal/ustar"
)

const noFollow = syscall.O_NOFOLLOW

// xattrs gives none: the attributes that Alpine knows exist on Linux only.
func xattrs(string) ([]ustar.Record, error) { return nil, nil }
