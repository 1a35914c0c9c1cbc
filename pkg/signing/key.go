// Package signing loads, makes and names the user's keys, and reports what they have signed.
package signing

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/pakman/build/pkg/apk"
	"github.com/pakman/build/pkg/config"
	"github.com/pakman/build/pkg/console"
	"github.com/pakman/build/pkg/secret"
	"github.com/pakman/build/pkg/usererror"
)

// Key says which private keys sign: one, or several while a repository passes from one key to the next.
type Key struct {
	Files []string      // PEM files, each with one key or more; a file's base name names its key
	PEM   secret.String // the keys themselves, in place of Files
	Names []string      // the keys' names in place of their files', in order: "acme-blog" or "acme-blog.rsa"
	// Passwords are tried, one per line, on keys that are protected by one.
	Passwords secret.String
	// Dir keeps the local key, which is made once for users who give none. Empty: the key lasts for one run.
	Dir string
}

// localKey is the file below Key.Dir.
const localKey = "local.rsa"

// Given reports whether the user gives a key.
func (k Key) Given() bool { return !k.PEM.Empty() || len(k.Files) > 0 }

// Load returns the keys. Where the user gives none, it makes one.
func (k Key) Load(out console.Console) ([]*apk.PrivateKey, error) {
	switch {
	case k.Given():
		return k.given()
	case k.Dir == "":
		key, err := k.temporary(out)
		return []*apk.PrivateKey{key}, err
	}
	key, err := k.local(out)
	return []*apk.PrivateKey{key}, err
}

// temporary makes a key for one run. Its name is random: what the temporary key of an earlier step has signed is signed again, and
// not taken for forged.
func (k Key) temporary(out console.Console) (*apk.PrivateKey, error) {
	key, err := apk.GenerateKey(keyFileName(k.defaultName("temporary") + "-" + strings.ToLower(rand.Text()[:8])))
	if err == nil {
		out.Info("no signing key is given: signing with a temporary key, which is deleted after this run")
	}
	return key, err
}

// unkeptError is a place in which no key can be kept.
type unkeptError struct{ error }

func (e *unkeptError) Unwrap() error { return e.error }

// given reads the keys that the user gives.
func (k Key) given() ([]*apk.PrivateKey, error) {
	var texts [][]byte
	var names []string
	add := func(name string, text []byte) error {
		blocks, err := apk.SplitKeys(text)
		if err != nil {
			return usererror.Input(fmt.Errorf("signing key %s: %w", name, err))
		}
		for range blocks {
			names = append(names, name)
		}
		texts = append(texts, blocks...)
		return nil
	}
	if !k.PEM.Empty() {
		if err := add("pakman", []byte(k.PEM.Reveal())); err != nil {
			return nil, err
		}
	}
	for _, file := range k.Files {
		text, err := apk.ReadKeyFile(file)
		if err != nil {
			return nil, usererror.Input(fmt.Errorf("signing key: %w; give the path of an RSA private key in PEM form", err))
		}
		if err := add(filepath.Base(file), text); err != nil {
			return nil, err
		}
	}
	if len(k.Names) > 0 {
		names = k.Names
	}
	if len(names) != len(texts) {
		return nil, usererror.Input(
			fmt.Errorf("%d signing keys are given and %d key names (%s): give one name for each key, in the same order",
				len(texts), len(names), strings.Join(names, ", ")))
	}
	return k.parseAll(names, texts)
}

func (k Key) parseAll(names []string, texts [][]byte) ([]*apk.PrivateKey, error) {
	var keys []*apk.PrivateKey
	for i, name := range names {
		key, err := k.parse(name, texts[i])
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(keys, func(other *apk.PrivateKey) bool { return other.Name == key.Name }) {
			return nil, usererror.Input(fmt.Errorf("two signing keys are named %s: machines know keys by their names, so give each one "+
				"of its own with --key-name or the input key-name", key.Name))
		}
		keys = append(keys, key)
	}
	return keys, nil
}

func (k Key) defaultName(name string) string {
	if len(k.Names) > 0 {
		return k.Names[0]
	}
	return name
}

func (k Key) parse(name string, pem []byte) (*apk.PrivateKey, error) {
	var passwords []string
	for line := range strings.Lines(k.Passwords.Reveal()) {
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			passwords = append(passwords, line)
		}
	}
	key, err := apk.ParsePrivateKey(keyFileName(name), pem, passwords...)
	if errors.Is(err, apk.ErrPassword) {
		err = fmt.Errorf(
			"%w; pass the password in the input signing-key-password, PAKMAN_SIGNING_KEY_PASSWORD, or a file named by "+
				"--signing-key-password-file", err)
	}
	if err != nil {
		return nil, usererror.Input(fmt.Errorf("signing key: %w", err))
	}
	return key, nil
}

// keyFileName returns a key name in the form that apk's signature entries need: NAME.rsa.
func keyFileName(name string) string {
	name = strings.TrimSuffix(name, ".pub")
	for _, suffix := range []string{".rsa", ".pem", ".key"} {
		name = strings.TrimSuffix(name, suffix)
	}
	return name + ".rsa"
}

// local reads the user's own key, or makes it once. Its name comes from its fingerprint, so that
// the keys of two machines never share a name in /etc/apk/keys.
func (k Key) local(out console.Console) (*apk.PrivateKey, error) {
	path := filepath.Join(k.Dir, localKey)
	pem, err := apk.ReadKeyFile(path)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		if pem, err = makeKeyFile(path); err == nil {
			out.Info("made a signing key for this machine: %s", path)
		} else {
			err = &unkeptError{err}
		}
	}
	if made := errors.As(err, new(*unkeptError)); made {
		out.Warn(config.Fault{Message: fmt.Sprintf("local signing key: %v", err), Warning: true,
			Hint: "The packages are signed with a key for this run alone; give a key with --signing-key, or a HOME that can be written"})
		return k.temporary(out)
	}
	if err != nil {
		return nil, fmt.Errorf("local signing key: %w", err)
	}
	key, err := apk.ParsePrivateKey(localKey, pem)
	if err != nil {
		return nil, usererror.Input(fmt.Errorf("local signing key %s: %w", path, err))
	}
	digest := sha256.Sum256(key.Public().PEM())
	return k.parse(k.defaultName("pakman-"+hex.EncodeToString(digest[:4])), pem)
}
