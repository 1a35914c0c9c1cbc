//go:build !linux

package sandbox

import (
	"context"

	"github.com/pakman/build/pkg/proc"
)

// Available is None: other systems have neither namespaces nor Landlock.
func Available() Means { return None }

// CanCutNetwork is false: other systems have no network namespaces.
func CanCutNetwork() bool { return false }

func makeTemporary(string) error { return nil }

func (s *Sandbox) run(ctx context.Context, c proc.Cmd) ([]byte, error) { return proc.Run(ctx, c) }
