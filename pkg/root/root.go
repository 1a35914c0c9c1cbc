// Package root makes root directories of Alpine releases in which builds run on any Linux, without Docker and without being root.
// Alpine's own apk, fetched from a mirror and verified, installs them.
package root

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/internal/flock"
	"github.com/pakman/build/pkg/internal/tempdir"
	"github.com/pakman/build/pkg/sandbox"
)

// DefaultMirror is Alpine's own.
const DefaultMirror = "https://dl-cdn.alpinelinux.org/alpine"

// Maker makes roots and keeps them.
type Maker struct {
	Dir       string            // where they are kept, each in a directory of its own
	Mirror    string            // the address above the releases; empty: DefaultMirror
	Transport http.RoundTripper // how it is reached; nil: as Go does it
	Env       []string          // the environment of apk: PATH and proxies
	Keys      map[string]string // the keys that are believed: SHA-256 by the name of the file; nil: Alpine's
	Log       io.Writer         // what apk says
	Info      func(format string, args ...any)
}

// Wanted is what a root is to hold.
type Wanted struct {
	Branch   string   // of Alpine's repositories: v3.24, edge
	Arch     string   // Alpine's name
	Packages []string // names with version constraints, besides those that every root has
}

// base is what every root has: what Alpine's containers have, and what the action's image adds for most builds.
var base = []string{
	"alpine-baselayout", "alpine-keys", "apk-tools", "bash", "build-base", "busybox", "ca-certificates", "curl", "git", "libc-utils",
}

// Error is that a root cannot be made for a reason that the user can do something about.
type Error struct{ Err error }

func (e *Error) Error() string { return e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

func refuse(format string, args ...any) error { return &Error{fmt.Errorf(format, args...)} }

// Unfinished begins the names of directories in Maker.Dir that are being made. pkg/cache removes what a killed program left of them.
const Unfinished = ".new-"

// Make returns the directory of a root with these packages. It is made once: a later call needs no network.
func (m Maker) Make(ctx context.Context, w Wanted) (string, error) {
	if err := check(w); err != nil {
		return "", err
	}
	if err := errors.Join(os.MkdirAll(m.Dir, 0o755), os.Chmod(m.Dir, 0o755)); err != nil { //#nosec G301,G302 -- builds read it
		return "", err
	}
	dir := filepath.Join(m.Dir, w.name())
	if used(dir) {
		return dir, nil
	}
	lock, err := os.OpenFile(filepath.Join(m.Dir, "."+w.name()+".lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return "", err
	}
	defer func() { _ = lock.Close() }() // which frees it
	if err := flock.Lock(ctx, lock, flock.Exclusive); err != nil {
		return "", err
	}
	if used(dir) { // another build made it meanwhile
		return dir, nil
	}
	return dir, m.make(ctx, w, dir)
}

// used reports whether there is a root, which it marks as used now: the cache removes others first.
func used(dir string) bool {
	now := time.Now()
	return os.Chtimes(dir, now, now) == nil
}

// make makes the root beside its place, to which it comes complete.
func (m Maker) make(ctx context.Context, w Wanted, dir string) (err error) {
	begin := time.Now()
	m.Info("making a root of Alpine %s for %s, from %s: %s", w.Branch, w.Arch, m.mirror(), strings.Join(w.all(), " "))
	unfinished, err := os.MkdirTemp(m.Dir, Unfinished)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, tempdir.Remove(unfinished)) }()
	b, err := m.bootstrap(ctx, w.Branch, unfinished)
	if err != nil {
		return err
	}
	made := filepath.Join(unfinished, "root")
	if err := m.install(ctx, b, w, made); err != nil {
		return err
	}
	if err := finish(made, w.Branch, b.release); err != nil {
		return err
	}
	size, err := sizeOf(made)
	if err != nil {
		return err
	}
	if err := os.Rename(made, dir); err != nil {
		return err
	}
	m.Info("made it in %s: %s, kept for later builds in %s", time.Since(begin).Round(time.Second/10), humanize.Bytes(uint64(size)), dir)
	return nil
}

func (m Maker) mirror() string {
	if m.Mirror == "" {
		return DefaultMirror
	}
	return strings.TrimRight(m.Mirror, "/")
}

// check refuses what this machine cannot make or run.
func check(w Wanted) error {
	if host := apk.HostArch(); w.Arch != host {
		return refuse("a root of Alpine for %s cannot be used on this machine, which is %s: build on a machine of that architecture",
			w.Arch, host)
	}
	for _, word := range w.Packages {
		if err := apk.CheckDependency(word); err != nil || strings.HasPrefix(word, "-") {
			return refuse("dependencies: %q is not the name of a package", word)
		}
	}
	if sandbox.Available() == sandbox.Namespaces {
		return nil
	}
	return refuse("a root of Alpine %s needs namespaces, which this system does not allow: %s; or build with Docker, in the "+
		"action's image", w.Branch, strings.Join(sandbox.Remedies(), ", or "))
}

// all returns the packages, sorted.
func (w Wanted) all() []string {
	all := slices.Concat(base, w.Packages)
	slices.Sort(all)
	return slices.Compact(all)
}

// name is that of the root's directory.
func (w Wanted) name() string {
	sum := sha256.Sum256([]byte(strings.Join(w.all(), "\n")))
	return w.Branch + "-" + w.Arch + "-" + hex.EncodeToString(sum[:8])
}

// sizeOf returns how many bytes the files below dir have.
func sizeOf(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		info, err := e.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
