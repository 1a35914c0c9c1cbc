package cache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// sumsFile names the packages of a kept build, each with its SHA-256.
const sumsFile = "sums.json"

// Keep keeps the packages of a build under the digest of what they were made from. It appears whole or not at all.
func (c *Cache) Keep(digest string, packages []string) (err error) {
	if c == nil {
		return nil
	}
	dir, err := os.MkdirTemp(c.below(keptDir), ".new-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	sums := map[string]string{}
	for _, file := range packages {
		name := filepath.Base(file)
		if sums[name], err = copyFile(filepath.Join(dir, name), file); err != nil {
			return err
		}
	}
	text, err := json.Marshal(sums)
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, sumsFile), text, 0o600); err != nil {
		return err
	}
	kept := filepath.Join(c.below(keptDir), digest)
	if err := os.RemoveAll(kept); err != nil { // of a build that was forced
		return err
	}
	if err := os.Rename(dir, kept); err != nil && !errors.Is(err, fs.ErrExist) { // another program kept it now
		return err
	}
	return nil
}

// Take copies the packages of a kept build to the directory to and returns their paths; none where no build of that
// digest is kept whole. What was changed since it was kept is thrown away.
func (c *Cache) Take(digest, to string) ([]string, error) {
	if c == nil {
		return nil, nil
	}
	kept := filepath.Join(c.below(keptDir), digest)
	text, err := os.ReadFile(filepath.Join(kept, sumsFile)) //#nosec G304 -- in the user's cache
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var sums map[string]string
	if err == nil {
		err = json.Unmarshal(text, &sums)
	}
	var packages []string
	for name, sum := range sums {
		if err == nil && !filepath.IsLocal(name) {
			err = fmt.Errorf("%q is no name of a package", name)
		}
		if err != nil {
			break
		}
		var found string
		file := filepath.Join(to, name)
		if found, err = copyFile(file, filepath.Join(kept, name)); err == nil && found != sum {
			err = fmt.Errorf("%s was changed", name)
		}
		packages = append(packages, file)
	}
	if err != nil || len(packages) == 0 {
		return nil, errors.Join(os.RemoveAll(kept), removeFiles(packages))
	}
	slices.Sort(packages)
	now := time.Now() // it is used: others are removed before it
	return packages, os.Chtimes(filepath.Join(kept, sumsFile), now, now)
}

func removeFiles(files []string) error {
	var errs []error
	for _, file := range files {
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// copyFile copies a file and returns its SHA-256.
func copyFile(dst, src string) (sum string, err error) {
	in, err := os.Open(src) //#nosec G304 -- a package of this program's
	if err != nil {
		return "", err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //#nosec G302,G304 -- likewise
	if err != nil {
		return "", err
	}
	h := sha256.New()
	_, err = io.Copy(io.MultiWriter(out, h), in)
	return hex.EncodeToString(h.Sum(nil)), errors.Join(err, out.Close())
}
