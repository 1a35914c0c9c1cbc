package cache

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"github.com/pakman/build/pkg/internal/atomicfile"
	"github.com/pakman/build/pkg/internal/tempdir"
)

// recordFile says what a kept build consists of. Nobody without the cache's secret can write one that is accepted.
const recordFile = "record.json"

// maxRecord bounds what is read of a record, in bytes.
const maxRecord = 1 << 20

// record is the content of recordFile.
type record struct {
	Packages map[string]kept `json:"packages"` // by file name
	MAC      string          `json:"mac"`      // HMAC-SHA256 of the digest and the packages, in hex
}

type kept struct {
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// UntrustedError is that kept packages are not what this program kept for the same inputs: somebody changed or exchanged
// them, or wrote them without the signing key. They are removed, and must be built again.
type UntrustedError struct{ Err error }

func (e *UntrustedError) Error() string {
	return fmt.Sprintf("the cached packages of this build are not used and are removed from the cache: %v", e.Err)
}

func (e *UntrustedError) Unwrap() error { return e.Err }

// unfinishedPrefix begins the names of directories that are being written.
const unfinishedPrefix = ".new-"

// Keep keeps the packages of a build under the digest of what they were made from. They appear completely or not at all.
func (r *Repository) Keep(digest string, packages []string) (err error) {
	if r == nil {
		return nil
	}
	if err := makeDir(r.kept(""), closed); err != nil {
		return err
	}
	dir, err := os.MkdirTemp(r.kept(""), unfinishedPrefix)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	rec := record{Packages: map[string]kept{}}
	for _, file := range packages {
		name := filepath.Base(file)
		if rec.Packages[name], err = copyFile(filepath.Join(dir, name), file, -1); err != nil {
			return err
		}
	}
	rec.MAC = r.mac(digest, rec.Packages)
	text, err := json.Marshal(rec)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteBytes(filepath.Join(dir, recordFile), text, atomicfile.Options{Mode: 0o600}); err != nil {
		return err
	}
	place := r.kept(digest)
	if err := os.RemoveAll(place); err != nil { // of a build that was forced
		return err
	}
	if err := os.Rename(dir, place); err != nil && !errors.Is(err, fs.ErrExist) { // another program kept it now
		return err
	}
	return nil
}

// Take copies the packages of a kept build to the directory to and returns their paths; none where no build of that
// digest is kept. An *UntrustedError says that there was one that must not be used: the caller builds instead.
func (r *Repository) Take(digest, to string) ([]string, error) {
	if r == nil {
		return nil, nil
	}
	place := r.kept(digest)
	if _, err := os.Lstat(place); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	rec, err := r.record(digest)
	if err != nil {
		return nil, errors.Join(&UntrustedError{err}, tempdir.Remove(place))
	}
	var packages []string
	for _, name := range slices.Sorted(maps.Keys(rec.Packages)) {
		want, file := rec.Packages[name], filepath.Join(to, name)
		packages = append(packages, file)
		found, err := copyFile(file, filepath.Join(place, name), want.Size)
		if err == nil && found != want {
			err = fmt.Errorf("%s is not the file that was cached", name)
		}
		if err != nil {
			return nil, errors.Join(&UntrustedError{err}, tempdir.Remove(place), removeFiles(packages))
		}
	}
	now := time.Now() // it is used: others are removed before it
	return packages, os.Chtimes(filepath.Join(place, recordFile), now, now)
}

// record reads and authenticates what is kept under a digest.
func (r *Repository) record(digest string) (rec record, err error) {
	f, err := openRegular(filepath.Join(r.kept(digest), recordFile))
	if err != nil {
		return rec, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxRecord+1))
	switch {
	case err != nil:
		return rec, err
	case len(text) > maxRecord:
		return rec, fmt.Errorf("%s has more than %d bytes", recordFile, maxRecord)
	}
	if err := json.Unmarshal(text, &rec); err != nil {
		return rec, fmt.Errorf("%s is damaged: %w", recordFile, err)
	}
	if !hmac.Equal([]byte(rec.MAC), []byte(r.mac(digest, rec.Packages))) {
		return rec, errors.New("they were not cached by pakman with this signing key for this repository and these sources")
	}
	for name := range rec.Packages {
		if name != filepath.Base(name) || !filepath.IsLocal(name) {
			return rec, fmt.Errorf("%q is not the name of a package", name)
		}
	}
	if len(rec.Packages) == 0 {
		return rec, errors.New("there are none")
	}
	return rec, nil
}

// mac authenticates the packages as those of this repository and digest.
func (r *Repository) mac(digest string, packages map[string]kept) string {
	h := hmac.New(sha256.New, r.secret)
	fmt.Fprintf(h, "%q", digest)
	for _, name := range slices.Sorted(maps.Keys(packages)) {
		fmt.Fprintf(h, " %q %d %q", name, packages[name].Size, packages[name].SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
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

// openRegular opens a regular file that is no link: in the cache somebody may have put anything in its place.
func openRegular(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW|unix.O_NONBLOCK, 0) //#nosec G304 -- in the user's cache
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fmt.Errorf("%s is not a regular file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// copyFile copies a regular file, of at most limit bytes where limit is not negative, and returns what it copied.
func copyFile(dst, src string, limit int64) (copied kept, err error) {
	in, err := openRegular(src)
	if err != nil {
		return kept{}, err
	}
	defer func() { _ = in.Close() }()
	out, err := os.OpenFile(dst, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //#nosec G302,G304 -- a package of this program's
	if err != nil {
		return kept{}, err
	}
	content := io.Reader(in)
	if limit >= 0 {
		content = io.LimitReader(in, limit+1)
	}
	h := sha256.New()
	n, err := io.Copy(io.MultiWriter(out, h), content)
	return kept{Size: n, SHA256: hex.EncodeToString(h.Sum(nil))}, errors.Join(err, out.Close())
}
