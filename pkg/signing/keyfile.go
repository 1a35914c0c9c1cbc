package signing

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/internal/atomicfile"
	"github.com/pakman/build/pkg/usererror"
)

// KeyPair is a key that was made for a user to keep.
type KeyPair struct {
	Private, Public string // paths
	Fingerprint     string // of the public key, see apk.PublicKey
}

// MakeKey makes a key pair in dir. It never replaces a file.
func MakeKey(dir, name string) (*KeyPair, error) {
	file := keyFileName(name)
	if file != filepath.Base(file) || strings.HasPrefix(file, ".") {
		return nil, usererror.Input(
			fmt.Errorf("key name %q: give a plain name such as acme-blog, or OWNER/REPOSITORY with --for; the directory is given with "+
				"--output", name))
	}
	private := filepath.Join(dir, file)
	public := private + ".pub"
	for _, path := range []string{private, public} {
		_, err := os.Lstat(path)
		if err == nil {
			err = fmt.Errorf("%s already exists, and a key that is replaced locks out every machine that trusts it: choose another "+
				"name or directory", path)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, usererror.Input(err)
		}
	}
	pem, err := makeKeyFile(private)
	if err != nil {
		return nil, err
	}
	key, err := apk.ParsePrivateKey(file, pem)
	if err != nil {
		return nil, err
	}
	if err := WriteNew(public, key.Public().PEM(), 0o644); err != nil {
		return nil, err
	}
	return &KeyPair{Private: private, Public: public, Fingerprint: key.Public().Fingerprint()}, nil
}

// makeKeyFile writes a new key to path, whole and readable by its owner alone, and returns its PEM.
// Of two runs that make it at once, both use the one that came first.
func makeKeyFile(path string) ([]byte, error) {
	key, err := apk.GenerateKey(filepath.Base(path))
	if err != nil {
		return nil, usererror.Input(err) // of its name
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	err = WriteNew(path, key.PEM(), 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return os.ReadFile(path)
}

// WriteNew writes a file that appears whole and replaces none: fs.ErrExist where path is taken.
func WriteNew(path string, content []byte, mode fs.FileMode) error {
	return atomicfile.WriteBytes(path, content, atomicfile.Options{Mode: mode, New: true})
}
