package tree

import (
	"context"
	"fmt"
)

// Sizes adds up the bytes of files, of several trees too.
type Sizes struct {
	total  int64
	linked map[[2]uint64]bool // inodes with several names
}

// Add adds a file. It refuses more than MaxBytes in all.
func (s *Sizes) Add(name string, info Info) error {
	if !info.Mode.IsRegular() {
		return nil
	}
	if info.Links > 1 {
		inode := [2]uint64{info.Device, info.Inode}
		if s.linked[inode] {
			return nil
		}
		if s.linked == nil {
			s.linked = map[[2]uint64]bool{}
		}
		s.linked[inode] = true
	}
	// A file's size can be as large as a number can be.
	if info.Size > MaxBytes-s.total {
		return fmt.Errorf("/%.80s: with it, the files have more than %d GiB", name, MaxBytes>>30)
	}
	s.total += info.Size
	return nil
}

// AddAll adds what was listed of a directory.
func (s *Sizes) AddAll(ctx context.Context, d *Dir, list []Entry) error {
	cursor := d.Cursor()
	defer cursor.Close()
	for _, e := range list {
		if !e.Type.IsRegular() {
			continue
		}
		info, err := cursor.Lstat(e.Path)
		if err != nil {
			return err
		}
		if err := s.Add(e.Path, info); err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}
