package native

import (
	"context"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/pakman/build/pkg/builder"
	"github.com/pakman/build/pkg/secret"
)

func isRemote(entry string) bool {
	if _, url, ok := strings.Cut(entry, "::"); ok {
		entry = url
	}
	return strings.HasPrefix(entry, "http://") || strings.HasPrefix(entry, "https://") || strings.HasPrefix(entry, "ftp://")
}

// sourceName returns the file name of an entry of source=: NAME::URL, URL or a path.
func sourceName(entry string) string {
	name, _, _ := strings.Cut(entry, "::")
	return path.Base(name)
}

// unpack puts the sources into src/, as their checksums say they are, and unpacks archives there.
func (s *session) unpack(ctx context.Context, m *metadata) error {
	sums, algorithm, err := m.sums()
	if err != nil {
		return err
	}
	for _, entry := range m.words("source") {
		name := sourceName(entry)
		want, ok := sums[name]
		if !ok {
			return builder.Refuse("source %s has no checksum; run abuild checksum", name)
		}
		delete(sums, name)
		got, err := s.take(entry, name, algorithm())
		if err != nil {
			return err
		}
		if got != want {
			return builder.Refuse("source %s has a different checksum than the APKBUILD says:\n  found    %s\n  expected %s\n"+
				"run abuild checksum if the file is right", name, got, want)
		}
		if err := s.unpackArchive(ctx, name); err != nil {
			return err
		}
	}
	for name := range sums {
		return builder.Refuse("the checksums name %s, which is not in source", name)
	}
	return nil
}

// sums reads sha512sums, or the older sha256sums, into sums by file name.
func (m *metadata) sums() (map[string]string, func() hash.Hash, error) {
	words, algorithm := m.words("sha512sums"), sha512.New
	if len(words) == 0 {
		words, algorithm = m.words("sha256sums"), sha256.New
	}
	if len(words)%2 != 0 {
		return nil, nil, builder.Refuse("the checksums are not pairs of sum and file name")
	}
	sums := map[string]string{}
	for i := 0; i < len(words); i += 2 {
		sums[words[i+1]] = words[i]
	}
	return sums, algorithm, nil
}

// take copies a source into src/ and returns its checksum.
func (s *session) take(entry, name string, sum hash.Hash) (string, error) {
	in, err := s.work.Open(entry)
	if errors.Is(err, fs.ErrNotExist) {
		return "", builder.Refuse("source %s is missing", entry)
	}
	if err != nil {
		return "", builder.Refuse("source %s cannot be read as a file of the build directory: %v", entry, err)
	}
	defer func() { _ = in.Close() }() // only read
	info, err := in.Stat()
	if err != nil {
		return "", err
	}
	out, err := s.work.Create(path.Join("src", name), info.Mode().Perm())
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.MultiWriter(out, sum), in)
	if err := errors.Join(err, s.as.OwnFile(out), out.Close()); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// unpackArchive unpacks a source by its name's end, with the machine's tar or unzip.
func (s *session) unpackArchive(ctx context.Context, name string) error {
	var argv []string
	for _, end := range []string{".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.lz", ".tar.lzma", ".tar.xz", ".tar.zst"} {
		if strings.HasSuffix(name, end) {
			argv = []string{"tar", "-xf", name}
		}
	}
	if strings.HasSuffix(name, ".zip") {
		argv = []string{"unzip", "-n", "-q", name}
	}
	if argv == nil {
		return nil
	}
	err := s.run(ctx, "src", argv[0], argv[1:]...)
	if err != nil && ctx.Err() == nil {
		return builder.Refuse("source %s cannot be unpacked: %s", name, secret.Redact(err.Error(), s.job.Secrets...))
	}
	return err
}
