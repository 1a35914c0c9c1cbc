package pipeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/repository"
)

// fetchTaken fetches the packages that the bucket keeps in place of those that were to be published, so that the rest of the run
// works with what clients get. It puts them into new directories below dir, changes File in done, and returns the new
// files by the old ones.
func (b *openBucket) fetchTaken(ctx context.Context, done *repository.Report, dir string) (map[string]string, error) {
	files := map[string]string{}
	for i := range done.Packages {
		p := &done.Packages[i]
		if !p.Taken {
			continue
		}
		if files[p.File] == "" {
			fetched, err := b.fetch(ctx, p, dir)
			if err != nil {
				return nil, fmt.Errorf("fetching %s: %w", p.URL, err)
			}
			files[p.File] = fetched
		}
		p.File = files[p.File]
	}
	return files, nil
}

// fetch fetches the published package.
func (b *openBucket) fetch(ctx context.Context, p *repository.Published, dir string) (file string, err error) {
	own, err := os.MkdirTemp(dir, "taken-")
	if err != nil {
		return "", err
	}
	file = filepath.Join(own, filepath.Base(p.Key))
	content, _, err := b.store.Get(ctx, p.Key)
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	f, err := os.Create(file) //#nosec G304 -- in a new directory
	if err != nil {
		return "", err
	}
	_, err = io.Copy(f, io.LimitReader(content, p.Size+1))
	if err = errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	pkg, err := apk.ReadFile(file)
	if err == nil && pkg.SHA256 != p.SHA256 {
		err = errors.New("it was replaced meanwhile")
	}
	return file, err
}
