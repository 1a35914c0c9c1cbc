package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// place is one path that looks different inside.
type place struct {
	path  string
	show  bool
	write bool
	pin   bool // it is a mount of its own even where nothing looks different, as a mount cannot be moved
	fd    int  // what is shown there, or taken for hidden; -1: nothing
	dir   bool
	// The directories between the hidden one and this, which are made anew, are open to whom the real ones are.
	parents []parent
}

// places opens all that will be shown, while it can be named, in the order of mounting: a directory
// before what lies in it.
func (s spec) places() ([]place, error) {
	var all []place
	hidden := append(slices.Clone(s.Policy.Hide), "/dev")
	if s.Policy.Workspace != "" {
		hidden = append(hidden, "/tmp", "/var/tmp")
		all = append(all, place{path: "/tmp", dir: true, write: true}, place{path: "/var/tmp", dir: true, write: true},
			place{path: Seen, dir: true, show: true, write: true})
		own := filepath.Join(s.Policy.Workspace, temporary)
		for i, dir := range []string{own, own, s.Policy.Workspace} {
			var err error
			if all[i].fd, err = unix.Open(dir, unix.O_PATH|unix.O_CLOEXEC, 0); err != nil {
				return nil, fmt.Errorf("open %s: %w", dir, err)
			}
		}
		if info, err := os.Lstat(s.Policy.System + "/var/tmp"); err != nil || !info.IsDir() { // a link to /tmp, or nothing
			all = append(all[:1], all[2:]...)
		}
	}
	for _, path := range s.Policy.Hide {
		info, err := os.Stat(path)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			continue // nothing to hide from this user
		}
		if err != nil {
			return nil, err
		}
		all = append(all, place{path: path, dir: info.IsDir(), fd: -1})
	}
	for _, path := range s.Policy.Write {
		p, err := shown(path, hidden, true)
		if err != nil {
			return nil, err
		}
		if p != nil {
			p.write, p.pin = true, s.Policy.System != ""
			all = append(all, *p)
		}
	}
	for _, path := range s.Policy.Show {
		p, err := shown(path, hidden, s.Policy.System != "")
		if err != nil {
			return nil, err
		}
		if p != nil {
			p.pin = s.Policy.System != ""
			all = append(all, *p)
		}
	}
	fixed, err := s.fixed()
	if err != nil {
		return nil, err
	}
	all = append(all, fixed...)
	if s.Policy.System != "" {
		all = append(all, machineFiles()...)
	}
	slices.SortStableFunc(all, func(a, b place) int { return strings.Compare(a.path, b.path) })
	all = slices.CompactFunc(all, func(a, b place) bool { return a.path == b.path })
	return changing(all), nil
}

// fixed returns the places of the fixed files, and of the directories between them and what the build writes to.
func (s spec) fixed() ([]place, error) {
	var all []place
	for _, path := range s.Policy.Fixed {
		base, inside := path, ""
		for _, dir := range s.Policy.Write {
			if below(path, dir) {
				base, inside = dir, dir
			}
		}
		if dir := s.Policy.Workspace; dir != "" && below(path, dir) {
			base, inside = dir, Seen
		}
		for at := path; at != base; at = filepath.Dir(at) {
			fd, err := unix.Open(at, unix.O_PATH|unix.O_CLOEXEC, 0)
			if err != nil {
				return nil, fmt.Errorf("open %s: %w", at, err)
			}
			dir := at != path
			all = append(all, place{path: inside + strings.TrimPrefix(at, base), show: true, write: dir, dir: dir, pin: true, fd: fd})
		}
	}
	return all, nil
}

// changing leaves out places that are hidden, or shown, with the directory that holds them. They are sorted.
func changing(places []place) []place {
	var out []place
	for _, p := range places {
		visible, writable := true, false
		for _, before := range out {
			if below(p.path, before.path) {
				visible, writable = before.show, before.write // the last one is the nearest
			}
		}
		if p.pin || p.show != visible || p.show && p.write != writable {
			out = append(out, p)
		}
	}
	return out
}

// shown returns the place of a path to show; nil where nothing hides it and it need not differ from what is around
// it, or nothing is there for this user.
func shown(path string, hidden []string, differs bool) (*place, error) {
	if !differs && !slices.ContainsFunc(hidden, func(dir string) bool { return path != dir && below(path, dir) }) {
		return nil, nil
	}
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	p := &place{path: path, show: true, fd: fd, dir: info.IsDir()}
	for dir := filepath.Dir(path); slices.ContainsFunc(hidden, func(h string) bool {
		return dir != h && below(dir, h)
	}); dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return nil, err
		}
		p.parents = append([]parent{{dir, info}}, p.parents...)
	}
	return p, nil
}
