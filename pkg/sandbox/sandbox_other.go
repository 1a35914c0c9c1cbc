//go:build !linux

package sandbox

import (
	"context"
	"os"

	"github.com/pakman/build/pkg/proc"
)

// SameUser reports whether builds run as the user who started the program.
func SameUser() bool { return os.Geteuid() != 0 }

func granted() grant { return grant{means: None, refused: []string{seccompFilter}} }

// Available returns None, because other systems have neither namespaces nor Landlock.
func Available() Means { return None }

func remedies(grant) []string { return []string{"build on Linux"} }

// CanCutNetwork reports false, because other systems have no network namespaces.
func CanCutNetwork() bool { return false }

func makeTemporary(string) error { return nil }

func (s *Sandbox) run(ctx context.Context, c proc.Cmd) ([]byte, error) { return proc.Run(ctx, c) }
