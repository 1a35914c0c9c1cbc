package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/secret"
)

// Key says which private key signs.
type Key struct {
	File string        // PEM file; its base name names the key
	PEM  secret.String // the key itself, in place of File
	Name string        // overrides the key's name: "acme-blog" or "acme-blog.rsa"
	// Dir keeps the local key, which is made once for users who give none. Empty: the key is
	// thrown away after the run.
	Dir string
}

// localKey is the file below Key.Dir.
const localKey = "local.rsa"

// load gives the key, made if need be.
func (k Key) load(console Console) (*apk.PrivateKey, error) {
	switch {
	case !k.PEM.Empty():
		return k.parse(k.defaultName("pakman"), []byte(k.PEM.Reveal()))
	case k.File != "":
		pem, err := os.ReadFile(k.File)
		if err != nil {
			return nil, input(fmt.Errorf("signing key: %w; give the path of an RSA private key in PEM form", err))
		}
		return k.parse(k.defaultName(filepath.Base(k.File)), pem)
	case k.Dir == "":
		key, err := apk.GenerateKey(keyFileName(k.defaultName("throw-away")))
		if err == nil {
			console.Info("no signing key is given: signing with a key that is thrown away after this run")
		}
		return key, err
	}
	return k.local(console)
}

func (k Key) defaultName(name string) string {
	if k.Name != "" {
		return k.Name
	}
	return name
}

func (k Key) parse(name string, pem []byte) (*apk.PrivateKey, error) {
	key, err := apk.ParsePrivateKey(keyFileName(name), pem)
	if err != nil {
		return nil, input(fmt.Errorf("signing key: %w", err))
	}
	return key, nil
}

// keyFileName gives a key name the form that apk's signature entries need: NAME.rsa.
func keyFileName(name string) string {
	name = strings.TrimSuffix(name, ".pub")
	for _, suffix := range []string{".rsa", ".pem", ".key"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name + ".rsa"
}

// local reads the user's own key, or makes it once. Its name comes from its fingerprint, so that
// the keys of two machines never share a name in /etc/apk/keys.
func (k Key) local(console Console) (*apk.PrivateKey, error) {
	path := filepath.Join(k.Dir, localKey)
	pem, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if pem, err = makeKeyFile(path); err == nil {
			console.Info("made a signing key for this machine: %s", path)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("local signing key: %w", err)
	}
	key, err := apk.ParsePrivateKey(localKey, pem)
	if err != nil {
		return nil, input(fmt.Errorf("local signing key %s: %w", path, err))
	}
	digest := sha256.Sum256(key.Public().PEM())
	return k.parse(k.defaultName("pakman-"+hex.EncodeToString(digest[:4])), pem)
}
